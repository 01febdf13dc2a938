@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Where shares are placed
  Pods are packed onto few nodes and devices, or spread over many, as they say.

  Scenario: Packed pods share a node
    Given a simulated node "left" with 2 "NVIDIA" devices
    And a simulated node "right" with 2 "NVIDIA" devices
    When 2 copies of a pod "packed" with the annotation "hami.io/node-scheduler-policy" of "binpack" ask for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 1000   |
    Then "packed-1" and "packed-2" run on the same node

  Scenario: Spread pods take a node each
    Given a simulated node "left" with 2 "NVIDIA" devices
    And a simulated node "right" with 2 "NVIDIA" devices
    When 2 copies of a pod "spread" with the annotation "hami.io/node-scheduler-policy" of "spread" ask for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 1000   |
    Then "spread-1" and "spread-2" run on different nodes

  Scenario: Packed shares are of one device
    Given a simulated node "one" with 2 "NVIDIA" devices
    When 2 copies of a pod "packed" with the annotation "hami.io/gpu-scheduler-policy" of "binpack" ask for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 1000   |
    Then "packed-1" and "packed-2" share one device

  Scenario: Spread shares are of different devices
    Given a simulated node "one" with 2 "NVIDIA" devices
    When 2 copies of a pod "spread" with the annotation "hami.io/gpu-scheduler-policy" of "spread" ask for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 1000   |
    Then "spread-1" and "spread-2" share no device

  Scenario: Devices that are bound to a NUMA node are of one
    Given a simulated node "one" with 4 "NVIDIA" devices
    When a pod "near" with the annotation "nvidia.com/numa-bind" of "true" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 2      |
      | nvidia.com/gpumem | 1000   |
    Then "near" has devices of one NUMA node

  Scenario Outline: <title> devices are shared by HAMi
    Given a simulated node "one" with 2 "<title>" devices
    When 3 copies of a pod "user" ask for
      | resource   | amount |
      | <resource> | 1      |
    Then 2 of the 3 copies of "user" run, each with a device of its own

    Examples:
      | title  | resource         |
      | NVIDIA | nvidia.com/gpu   |
      | Hygon  | hygon.com/dcunum |
      | AMD    | amd.com/gpu      |

  Scenario: A pod gets devices of several vendors
    Given these simulated nodes
      | node  | vendor | devices |
      | plain | NVIDIA | 2       |
      | mixed | NVIDIA | 2       |
      | mixed | Hygon  | 2       |
    When a pod "both" asks for
      | resource         | amount |
      | nvidia.com/gpu   | 1      |
      | hygon.com/dcunum | 1      |
    Then "both" runs on "mixed"
