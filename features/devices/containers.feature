@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices of the containers of one pod
  Each container of a pod has devices of its own; what ends before the others start leaves its devices to them.

  @exclusive.mthreads
  Scenario: Each container gets devices of its own
    Given a node with 3 Moore Threads devices
    When a pod "team" of these containers asks for Moore Threads devices
      | container | kind      | devices |
      | one       | container | 2       |
      | other     | container | 1       |
    Then container "one" of the pod "team" sees 2 Moore Threads devices
    And container "other" of the pod "team" sees 1 Moore Threads device
    And no two containers of the pod "team" see the same device

  @exclusive.neuron
  Scenario: What an init container had, the container after it gets
    Given a node with 1 AWS Neuron device
    When a pod "prepared" of these containers asks for AWS Neuron devices
      | container | kind           | devices |
      | prepare   | init container | 1       |
      | main      | container      | 1       |
    Then container "prepare" of the pod "prepared" sees 1 AWS Neuron device
    And container "main" of the pod "prepared" sees 1 AWS Neuron device

  @exclusive.ascend
  Scenario: A sidecar keeps its devices beside the container
    Given a node with 2 Ascend devices
    When a pod "watched" of these containers asks for Ascend devices
      | container | kind      | devices |
      | watcher   | sidecar   | 1       |
      | main      | container | 1       |
    Then container "watcher" of the pod "watched" sees 1 Ascend device
    And container "main" of the pod "watched" sees 1 Ascend device
    And no two containers of the pod "watched" see the same device

  @exclusive.metax-shared
  Scenario: A sidecar and a container need more devices than there are
    Given a node with 1 MetaX sGPU device
    When a pod "watched" of these containers asks for MetaX sGPU devices
      | container | kind      | devices |
      | watcher   | sidecar   | 1       |
      | main      | container | 1       |
    Then the pod "watched" waits, for there is too little "metax-tech.com/sgpu"
