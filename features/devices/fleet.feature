@devices @use.with_simulated_nodes=yes
Feature: Fleets of nodes with devices
  Pods that ask for devices land where those are, and wait with a reason where there are none left.

  Background:
    Given simulated nodes whose devices are not shared

  @smoke
  Scenario: Each pod lands on a node of its vendor
    Given these simulated nodes
      | node  | vendor    | devices |
      | one   | NVIDIA    | 4       |
      | two   | Cambricon | 4       |
      | three | Ascend    | 8       |
    When a pod "vision" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    And a pod "speech" asks for
      | resource           | amount |
      | cambricon.com/vmlu | 2      |
    And a pod "text" asks for
      | resource               | amount |
      | huawei.com/Ascend910B4 | 8      |
    Then "vision" runs on "one"
    And "speech" runs on "two"
    And "text" runs on "three"

  Scenario: Pods fill a fleet to the last device, and the next one waits
    Given these simulated nodes
      | node | vendor | devices |
      | one  | NVIDIA | 4       |
      | two  | NVIDIA | 4       |
    When 4 copies of a pod "worker" ask for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    Then all 4 copies of "worker" run
    When a pod "late" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "late" stays pending because "Insufficient nvidia.com/gpu"
    When "worker-1" is taken away
    Then "late" runs

  Scenario: Free devices of two nodes do not add up for one pod
    Given these simulated nodes
      | node | vendor | devices |
      | one  | AMD    | 4       |
      | two  | AMD    | 4       |
    When a pod "large" asks for
      | resource    | amount |
      | amd.com/gpu | 8      |
    Then "large" stays pending because "Insufficient amd.com/gpu"

  Scenario: A node with devices of two vendors serves pods that ask for both
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

  Scenario: A node that is cordoned takes no more pods, and keeps those it has
    Given these simulated nodes
      | node | vendor | devices |
      | one  | Biren  | 2       |
    And a pod "first" that runs, having asked for
      | resource          | amount |
      | birentech.com/gpu | 1      |
    When the simulated node "one" is cordoned
    And a pod "second" asks for
      | resource          | amount |
      | birentech.com/gpu | 1      |
    Then "second" stays pending because "unschedulable"
    And "first" runs on "one"

  Scenario: Pods of a Deployment move when their node is drained
    Given these simulated nodes
      | node | vendor | devices |
      | one  | NVIDIA | 2       |
      | two  | NVIDIA | 2       |
    And a Deployment "service" of 2 pods that run, having asked for each
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    When the simulated node "one" is drained
    Then the 2 pods of the Deployment "service" run on "two"

  @slow
  Scenario: Pods of a Deployment move when their node is taken away
    Given these simulated nodes
      | node | vendor | devices |
      | one  | NVIDIA | 2       |
    And a Deployment "service" of 2 pods that run, having asked for each
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    And a simulated node "two" with 2 "NVIDIA" devices
    When the simulated node "one" is taken away
    Then the 2 pods of the Deployment "service" run on "two"

  Scenario: A pod that goes before others takes the devices of one that does not
    Given these simulated nodes
      | node | vendor | devices |
      | one  | Hygon  | 2       |
    And a PriorityClass "urgent" whose pods go before others
    And a pod "ordinary" that runs, having asked for
      | resource         | amount |
      | hygon.com/dcunum | 2      |
    When a pod "first" of the PriorityClass "urgent" asks for
      | resource         | amount |
      | hygon.com/dcunum | 1      |
    Then "ordinary" is displaced
    And "first" runs on "one"

  Scenario: A pod that goes before others displaces nobody where there are devices left
    Given these simulated nodes
      | node | vendor | devices |
      | one  | Hygon  | 2       |
    And a PriorityClass "urgent" whose pods go before others
    And a pod "ordinary" that runs, having asked for
      | resource         | amount |
      | hygon.com/dcunum | 1      |
    When a pod "first" of the PriorityClass "urgent" asks for
      | resource         | amount |
      | hygon.com/dcunum | 1      |
    Then "first" runs on "one"
    And "ordinary" runs on "one"

  Scenario: A device that breaks is given to nobody
    Given these simulated nodes
      | node | vendor | devices |
      | one  | NVIDIA | 2       |
    When device 0 of "one" breaks
    And a pod "large" asks for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    Then "large" stays pending because "Insufficient nvidia.com/gpu"
    When device 0 of "one" works again
    Then "large" runs

  Scenario: A quota counts the devices of a namespace
    Given these simulated nodes
      | node | vendor | devices |
      | one  | NVIDIA | 4       |
    And a quota of 2 "nvidia.com/gpu" in the namespace
    And a pod "first" that runs, having asked for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    When a pod "second" tries to get
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then the pod is refused because of "exceeded quota"

  Scenario: A large fleet of many vendors takes all the pods that it has devices for
    Given 6 simulated nodes for each of these vendors, with 4 devices each
      | vendor        |
      | NVIDIA        |
      | Cambricon     |
      | Hygon         |
      | MetaX         |
      | Kunlunxin     |
      | Ascend        |
      | AMD           |
      | Moore Threads |
    When 6 pods for each vendor of the nodes ask for 4 devices each
    Then all of them run, each on a node of its vendor

  @slow
  Scenario: A thousand nodes of many vendors take all the pods that they have devices for
    Given 125 simulated nodes for each of these vendors, with 4 devices each
      | vendor        |
      | NVIDIA        |
      | Cambricon     |
      | Hygon         |
      | MetaX         |
      | Kunlunxin     |
      | Ascend        |
      | AMD           |
      | Moore Threads |
    When 125 pods for each vendor of the nodes ask for 4 devices each
    Then all of them run, each on a node of its vendor
