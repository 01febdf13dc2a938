@devices @use.with_simulated_devices=yes
Feature: Devices that break, come and go
  A node offers only the devices that work, and a running pod keeps its devices.
  Otherwise pods would start on broken devices, or lose their work when a device plugin or kubelet restarts.

  @shared.devices @exclusive.nvidia
  Scenario: A node does not offer a broken device, and reports the pod that has it
    Given a node "one" with 4 NVIDIA devices
    And a running pod "trainer" that requests 1 NVIDIA device
    When NVIDIA device 0 of node "one" breaks
    Then node "one" offers 3 of 4 NVIDIA devices
    And pod "trainer" has NVIDIA device 0 of node "one"

  @shared.devices @exclusive.cambricon
  Scenario: A node offers a broken device again once it works
    Given a node "one" with 1 Cambricon device
    When Cambricon device 0 of node "one" breaks
    Then node "one" offers 0 of 1 Cambricon devices
    When pod "trainer" is created, requesting 1 Cambricon device
    Then pod "trainer" stays Pending with reason "Insufficient cambricon.com/vmlu"
    When Cambricon device 0 of node "one" works again
    Then pod "trainer" is Running

  @shared.devices @exclusive.hygon
  Scenario: A pod that waits for devices gets those that are added to the node
    Given a node "one" with 1 Hygon device
    When pod "trainer" is created, requesting 3 Hygon devices
    Then pod "trainer" stays Pending with reason "Insufficient hygon.com/dcunum"
    When node "one" changes to 3 Hygon devices
    Then pod "trainer" has 3 Hygon devices

  @shared.devices @exclusive.enflame
  Scenario: A node does not offer devices that were removed from it
    Given a node "one" with 4 Enflame devices
    When node "one" changes to 2 Enflame devices
    Then node "one" offers 2 of 2 Enflame devices

  @shared.devices @exclusive.metax
  Scenario: Pods keep their devices when the device plugin crashes
    Given a node "one" with 2 MetaX devices
    And a running pod "trainer" that requests 1 MetaX device
    When the MetaX plugin of node "one" crashes
    Then node "one" offers 2 of 2 MetaX devices
    And pod "trainer" is still Running, without a restart
    When pod "second" is created, requesting 1 MetaX device
    Then pod "second" has 1 MetaX device
    And pods "trainer" and "second" have no device in common

  @use.with_node_faults=yes @serial
  Scenario: Pods keep their devices when the kubelet restarts
    Given a node "one" with 2 NVIDIA devices
    And a running pod "trainer" that requests 1 NVIDIA device
    When the kubelet of node "one" restarts
    Then node "one" offers 2 of 2 NVIDIA devices
    And pod "trainer" is still Running, without a restart
    When pod "second" is created, requesting 1 NVIDIA device
    Then pod "second" has 1 NVIDIA device
    And pods "trainer" and "second" have no device in common
