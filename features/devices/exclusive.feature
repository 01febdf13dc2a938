@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices that belong to one container alone
  A container gets the number of devices that it requests, and no other container gets them at the same time.
  A container has a device if its variables, its files and the vendor's tool all show it, and show no other.

  @exclusive.nvidia @smoke
  Scenario: A container has the devices that it requests, and no others
    Given a node "one" with 4 NVIDIA devices
    When pod "trainer" is created, requesting 2 NVIDIA devices
    Then pod "trainer" has 2 NVIDIA devices

  @exclusive.cambricon
  Scenario: A container that requests no devices has none
    Given a node "one" with 4 Cambricon devices
    When pod "visitor" is created, requesting no devices
    Then pod "visitor" has no devices

  @exclusive.amd
  Scenario: Two pods never have the same device
    Given a node "one" with 4 AMD devices
    When pod "first" is created, requesting 2 AMD devices
    And pod "second" is created, requesting 2 AMD devices
    Then pod "first" has 2 AMD devices
    And pod "second" has 2 AMD devices
    And pods "first" and "second" have no device in common

  @exclusive.hygon
  Scenario: A pod that requests more devices than are free stays Pending
    Given a node "one" with 2 Hygon devices
    And a running pod "first" that requests 2 Hygon devices
    When pod "second" is created, requesting 1 Hygon device
    Then pod "second" stays Pending with reason "Insufficient hygon.com/dcunum"

  @exclusive.enflame
  Scenario: A pod that requests more devices than any node has stays Pending
    Given a node "one" with 2 Enflame devices
    When pod "greedy" is created, requesting 3 Enflame devices
    Then pod "greedy" stays Pending with reason "Insufficient enflame.com/gcu"

  @exclusive.vastai
  Scenario: The devices of a deleted pod are free at once
    Given a node "one" with 1 Vastai device
    And a running pod "first" that requests 1 Vastai device
    When pod "second" is created, requesting 1 Vastai device
    And pod "first" is deleted
    Then pod "second" has 1 Vastai device

  @exclusive.biren
  Scenario: The devices of a completed pod are free again
    Given a node "one" with 1 Biren device
    And a running pod "first" that requests 1 Biren device
    When pod "first" completes
    And pod "second" is created, requesting 1 Biren device
    Then pod "second" has 1 Biren device

  @exclusive.metax
  Scenario: A pod gets devices that are near each other
    Given a node "one" with 4 MetaX devices
    And a running pod "small" that requests 1 MetaX device
    When pod "large" is created, requesting 2 MetaX devices
    Then pod "large" has 2 MetaX devices
    And the devices of pod "large" are on 1 NUMA node

  @exclusive.kunlunxin @exclusive.iluvatar
  Scenario: A pod has the devices of both vendors from which it requests devices
    Given a node "one" with 2 Kunlunxin devices and 2 Iluvatar devices
    When pod "mixed" is created, requesting 2 Kunlunxin devices and 1 Iluvatar device
    Then pod "mixed" has 2 Kunlunxin devices and 1 Iluvatar device
