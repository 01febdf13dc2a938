@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices that a namespace may have
  A quota counts devices as it counts memory; a LimitRange says how many a container gets that does not say it.

  @exclusive.kunlunxin
  Scenario: A pod that would exceed the quota of its namespace is refused
    Given a quota of 1 Kunlunxin device for the namespace
    And a node with 4 Kunlunxin devices
    And a pod "first" that runs with 1 Kunlunxin device
    When a pod "second" tries to get 1 Kunlunxin device
    Then the API forbids it with "exceeded quota"

  @exclusive.iluvatar
  Scenario: A container that says nothing of devices gets what the namespace gives to everybody
    Given a node with 2 Iluvatar devices
    And containers of the namespace get 1 Iluvatar device unless they say otherwise
    When a pod "trainer" asks for no device
    Then the pod "trainer" sees 1 Iluvatar device, and the tools show just these

  Scenario: A container that wants more devices than the namespace allows is refused
    Given no container of the namespace may have more than 1 NVIDIA device
    When a pod "greedy" tries to get 2 NVIDIA devices
    Then the API forbids it with "maximum nvidia.com/gpu usage per Container is 1"
