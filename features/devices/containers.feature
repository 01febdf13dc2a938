@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices of the containers of one pod
  Each container of a pod has devices of its own; an init container ends first and leaves its devices to the others.
  How many devices a pod needs depends on this, and so does whether the pod fits on a node.

  @exclusive.mthreads
  Scenario: Each container of a pod gets devices of its own
    Given a node "one" with 3 Moore Threads devices
    When pod "team" is created with these containers
      | container | requests                |
      | first     | 2 Moore Threads devices |
      | second    | 1 Moore Threads device  |
    Then container "first" of pod "team" has 2 Moore Threads devices
    And container "second" of pod "team" has 1 Moore Threads device
    And the containers of pod "team" have no device in common

  @exclusive.neuron
  Scenario: A container gets the device of an init container that has ended
    Given a node "one" with 1 AWS Neuron device
    When pod "prepared" is created with these containers
      | container | kind           | requests            |
      | prepare   | init container | 1 AWS Neuron device |
      | main      | container      | 1 AWS Neuron device |
    Then container "prepare" of pod "prepared" has 1 AWS Neuron device
    And container "main" of pod "prepared" has 1 AWS Neuron device

  @exclusive.ascend
  Scenario: A sidecar keeps its device while the main container has another
    Given a node "one" with 2 Ascend devices
    When pod "watched" is created with these containers
      | container | kind      | requests        |
      | watcher   | sidecar   | 1 Ascend device |
      | main      | container | 1 Ascend device |
    Then container "watcher" of pod "watched" has 1 Ascend device
    And container "main" of pod "watched" has 1 Ascend device
    And the containers of pod "watched" have no device in common

  @exclusive.metax-shared
  Scenario: A pod whose sidecar and container need more devices than the node has stays Pending
    Given a node "one" with 1 MetaX sGPU device
    When pod "watched" is created with these containers
      | container | kind      | requests            |
      | watcher   | sidecar   | 1 MetaX sGPU device |
      | main      | container | 1 MetaX sGPU device |
    Then pod "watched" stays Pending with reason "Insufficient metax-tech.com/sgpu"
