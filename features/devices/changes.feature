@devices @use.with_simulated_devices=yes
Feature: Devices that break, come and go
  What a node has to give follows its devices at once; who has a device keeps it, whatever becomes of the plugin.

  @shared.devices @exclusive.nvidia
  Scenario: A broken device is not given to anybody, and its pod can be found
    Given a node with 4 NVIDIA devices
    And a pod "trainer" that runs with 1 NVIDIA device
    When NVIDIA device 0 of the node breaks
    Then the node has 3 NVIDIA devices to give, of 4
    And the node tells that "trainer" has NVIDIA device 0

  @shared.devices @exclusive.cambricon
  Scenario: A broken device that works again is given again
    Given a node with 1 Cambricon device
    When Cambricon device 0 of the node breaks
    Then the node has 0 Cambricon devices to give, of 1
    When a pod "trainer" asks for 1 Cambricon device
    Then the pod "trainer" waits, for there is too little "cambricon.com/vmlu"
    When Cambricon device 0 of the node works again
    Then the pod "trainer" comes to run

  @shared.devices @exclusive.hygon
  Scenario: A device that is put into a node can be used at once
    Given a node with 1 Hygon device
    When a pod "trainer" asks for 3 Hygon devices
    Then the pod "trainer" waits, for there is too little "hygon.com/dcunum"
    When 2 more Hygon devices are put into the node
    Then the pod "trainer" sees 3 Hygon devices, and the tools show just these

  @shared.devices @exclusive.enflame
  Scenario: A device that is taken out of a node is not offered any more
    Given a node with 4 Enflame devices
    When 2 Enflame devices are taken out of the node
    Then the node has 2 Enflame devices to give, of 2

  @shared.devices @exclusive.metax
  Scenario: Pods keep their devices when the plugin crashes
    Given a node with 2 MetaX devices
    And a pod "trainer" that runs with 1 MetaX device
    When the plugin of MetaX crashes, and is there again
    Then the node has 2 MetaX devices to give, of 2
    And the pod "trainer" still runs, and was never started again
    When a pod "second" asks for 1 MetaX device
    Then the pod "second" sees 1 MetaX device, and the tools show just these
    And no two of the pods "trainer", "second" see the same device

  @use.with_node_faults=yes @exclusive.devices
  Scenario: Pods keep their devices when kubelet is restarted
    Given a node with 2 NVIDIA devices
    And a pod "trainer" that runs with 1 NVIDIA device
    When kubelet of the node is restarted
    Then the node has 2 NVIDIA devices to give, of 2
    And the pod "trainer" still runs, and was never started again
    When a pod "second" asks for 1 NVIDIA device
    Then the pod "second" sees 1 NVIDIA device, and the tools show just these
    And no two of the pods "trainer", "second" see the same device
