@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
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

  Scenario: A pod that is bound to a NUMA node gets devices of one
    Given a node "one" with 4 NVIDIA devices
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
