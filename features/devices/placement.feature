@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami @shared.handshakes
Feature: Placement of shares on nodes and devices
  Annotations of a pod say whether HAMi packs it together with other pods or spreads it over nodes and devices.
  Packing keeps whole devices free for large pods; spreading keeps pods from slowing each other down.

  Background:
    Given simulated nodes whose devices HAMi shares

  Scenario Outline: Two pods with the node policy "<policy>" occupy <count>
    Given a node "left" with 2 NVIDIA devices
    And a node "right" with 2 NVIDIA devices
    And a running pod "first" with
      | setting                                  | value    |
      | resource nvidia.com/gpu                  | 1        |
      | resource nvidia.com/gpumem               | 1000     |
      | annotation hami.io/node-scheduler-policy | <policy> |
    When pod "second" is created with
      | setting                                  | value    |
      | resource nvidia.com/gpu                  | 1        |
      | resource nvidia.com/gpumem               | 1000     |
      | annotation hami.io/node-scheduler-policy | <policy> |
    Then pods "first" and "second" occupy <count>

    Examples:
      | policy  | count   |
      | binpack | 1 node  |
      | spread  | 2 nodes |

  Scenario Outline: Two pods with the device policy "<policy>" have <devices>
    Given a node "one" with 2 NVIDIA devices
    And a running pod "first" with
      | setting                                 | value    |
      | resource nvidia.com/gpu                 | 1        |
      | resource nvidia.com/gpumem              | 1000     |
      | annotation hami.io/gpu-scheduler-policy | <policy> |
    When pod "second" is created with
      | setting                                 | value    |
      | resource nvidia.com/gpu                 | 1        |
      | resource nvidia.com/gpumem              | 1000     |
      | annotation hami.io/gpu-scheduler-policy | <policy> |
    Then pods "first" and "second" have <devices>

    Examples:
      | policy  | devices             |
      | binpack | the same device     |
      | spread  | no device in common |

  Scenario Outline: A pod with the node policy "<policy>" gets MetaX devices of the node with the <best>
    Given these nodes
      | node | devices         | annotation                               | value    |
      | one  | 2 MetaX devices | metax-tech.com/gpu.topology.<annotation> | {"2":10} |
      | two  | 2 MetaX devices | metax-tech.com/gpu.topology.<annotation> | {"2":50} |
    When pod "pair" is created with
      | setting                                  | value    |
      | resource metax-tech.com/gpu              | 2        |
      | annotation hami.io/node-scheduler-policy | <policy> |
    Then pod "pair" is Running on node "<node>"

    Examples:
      | policy  | best               | annotation | node |
      | binpack | smallest loss      | losses     | one  |
      | spread  | highest link score | scores     | two  |

  Scenario: A pod with the device policy "mutex" takes no device that is in use
    Given a node "one" with 1 NVIDIA device
    And a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    When pod "second" is created with
      | setting                                 | value |
      | resource nvidia.com/gpu                 | 1     |
      | resource nvidia.com/gpumem              | 1000  |
      | annotation hami.io/gpu-scheduler-policy | mutex |
    Then pod "second" stays Pending with reason "ExclusiveDeviceAllocateConflict"

  Scenario Outline: A pod with the device policy "<policy>" has devices of <count>
    Given a node "one" with 4 NVIDIA devices
    And a running pod "first" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | resource nvidia.com/gpumem        | 1000                          |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 3 of node "one" |
    And a running pod "other" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | resource nvidia.com/gpumem        | 1000                          |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 1 of node "one" |
    When pod "second" is created with
      | setting                                 | value    |
      | resource nvidia.com/gpu                 | 2        |
      | resource nvidia.com/gpumem              | 1000     |
      | annotation hami.io/gpu-scheduler-policy | <policy> |
    Then the devices of pod "second" are on <count>

    Examples:
      | policy         | count        |
      | numa           | 1 NUMA node  |
      | numa,spread    | 1 NUMA node  |
      | topology-aware | 1 NUMA node  |
      | spread         | 2 NUMA nodes |

  Scenario Outline: A pod that weighs <what>, with the device policy "<policy>", gets device <index>
    Given a node "one" with 2 NVIDIA devices
    And a running pod "large" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | resource nvidia.com/gpumem        | 20000                         |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 0 of node "one" |
    And a running pod "small" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | resource nvidia.com/gpumem        | 1000                          |
      | resource nvidia.com/gpucores      | 60                            |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 1 of node "one" |
    When pod "user" is created with
      | setting                                   | value     |
      | resource nvidia.com/gpu                   | 1         |
      | resource nvidia.com/gpumem                | 1000      |
      | annotation hami.io/gpu-scheduler-policy   | <policy>  |
      | annotation hami.io/device-scoring-weights | <weights> |
    Then pod "user" has NVIDIA device <index> of node "one"

    Examples:
      | what          | policy  | weights                | index |
      | memory        | spread  | slot=0,core=0,memory=1 | 1     |
      | memory        | binpack | slot=0,core=0,memory=1 | 0     |
      | compute units | spread  | slot=0,core=1,memory=0 | 0     |
      | compute units | binpack | slot=0,core=1,memory=0 | 1     |

  Scenario: A pod in the mode "mig" gets an instance of a device that is divided into instances
    Given these nodes
      | node  | devices         | mode |
      | whole | 1 NVIDIA device |      |
      | parts | 1 NVIDIA device | mig  |
    And a running pod "first" with
      | setting                           | value                           |
      | resource nvidia.com/gpu           | 1                               |
      | resource nvidia.com/gpumem        | 1000                            |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 0 of node "whole" |
    When pod "part" is created with
      | setting                         | value |
      | resource nvidia.com/gpu         | 1     |
      | resource nvidia.com/gpumem      | 8000  |
      | annotation nvidia.com/vgpu-mode | mig   |
    Then pod "part" is Running on node "parts"
    And pod "part" has 1 NVIDIA device with 19968 MiB

  Scenario: A pod for which a divided device has no instance left stays Pending
    Given these nodes
      | node  | devices         | mode |
      | parts | 1 NVIDIA device | mig  |
    And 2 running pods "part" that each request 1 NVIDIA device with 8000 MiB
    When pod "last" is created, requesting 1 NVIDIA device with 1000 MiB
    Then pod "last" stays Pending with reason "CardMigTopologyInfeasible"

  Scenario: A pod that is bound to a NUMA node gets devices of one
    Given a node "one" with 4 NVIDIA devices
    And a running pod "first" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | resource nvidia.com/gpumem        | 1000                          |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 3 of node "one" |
    When pod "near" is created with
      | setting                         | value |
      | resource nvidia.com/gpu         | 2     |
      | resource nvidia.com/gpumem      | 1000  |
      | annotation nvidia.com/numa-bind | true  |
    Then pod "near" has 2 NVIDIA devices
    And the devices of pod "near" are on 1 NUMA node

  Scenario Outline: A pod that requests a whole <vendor> device shares it with no other pod
    Given a node "one" with 2 <vendor> devices
    And 2 running pods "user" that each request 1 <vendor> device
    When pod "third" is created, requesting 1 <vendor> device
    Then pod "third" stays Pending with reason "no available node"
    And pod "user-1" has 1 <vendor> device
    And pods "user-1" and "user-2" have no device in common

    Examples:
      | vendor |
      | NVIDIA |
      | Hygon  |
      | AMD    |

  Scenario: A pod that requests shares of two vendors runs on a node that has both
    Given a node "plain" with 2 NVIDIA devices
    And a node "mixed" with 2 NVIDIA devices and 2 Hygon devices
    When pod "both" is created, requesting 1 NVIDIA device and 1 Hygon device
    Then pod "both" is Running on node "mixed"
