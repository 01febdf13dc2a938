@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices that belong to one container alone
  A container that asks for devices gets so many, and nobody else gets them while it has them.

  @exclusive.nvidia @smoke
  Scenario: A container sees the devices that it asked for, and no others
    Given a node with 4 NVIDIA devices
    When a pod "trainer" asks for 2 NVIDIA devices
    Then the pod "trainer" sees 2 NVIDIA devices, and the tools show just these

  @exclusive.cambricon
  Scenario: A container that asks for no device sees none
    Given a node with Cambricon devices
    When a pod "visitor" asks for no device
    Then the pod "visitor" sees no device

  @exclusive.amd
  Scenario: Two pods never get the same device
    Given a node with 4 AMD devices
    When a pod "first" asks for 2 AMD devices
    And a pod "second" asks for 2 AMD devices
    Then the pod "first" sees 2 AMD devices, and the tools show just these
    And the pod "second" sees 2 AMD devices, and the tools show just these
    And no two of the pods "first", "second" see the same device

  @exclusive.hygon
  Scenario: A pod that asks for more than is left waits, and its reason can be read
    Given a node with 2 Hygon devices
    And a pod "first" that runs with 2 Hygon devices
    When a pod "second" asks for 1 Hygon device
    Then the pod "second" waits, for there is too little "hygon.com/dcunum"

  @exclusive.enflame
  Scenario: A pod that asks for more than any node has waits
    Given a node with 2 Enflame devices
    When a pod "greedy" asks for 3 Enflame devices
    Then the pod "greedy" waits, for there is too little "enflame.com/gcu"

  @exclusive.vastai
  Scenario: Devices of a pod that is deleted can be used at once
    Given a node with 1 Vastai device
    And a pod "first" that runs with 1 Vastai device
    When a pod "second" asks for 1 Vastai device
    And somebody ends the pod "first"
    Then the pod "second" sees 1 Vastai device, and the tools show just these

  @exclusive.biren
  Scenario: Devices of a pod that has ended can be used again
    Given a node with 1 Biren device
    And a pod "first" that ended after it had 1 Biren device
    When a pod "second" asks for 1 Biren device
    Then the pod "second" sees 1 Biren device, and the tools show just these

  @exclusive.metax
  Scenario: Devices of one pod are near each other
    Given a node with 4 MetaX devices
    And a pod "small" that runs with 1 MetaX device
    When a pod "large" asks for 2 MetaX devices
    Then the devices of the pod "large" are of one NUMA node

  @exclusive.kunlunxin @exclusive.iluvatar
  Scenario: A pod may have devices of several vendors
    Given a node with 2 Kunlunxin devices and 2 Iluvatar devices
    When a pod "mixed" asks for 2 Kunlunxin devices and 1 Iluvatar device
    Then the pod "mixed" sees 2 Kunlunxin devices and 1 Iluvatar device, and the tools show just these
