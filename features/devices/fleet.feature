@devices @use.with_simulated_nodes=yes
Feature: Fleets of nodes with devices
  Pods run on the nodes that have the devices they request, and stay Pending with a reason if no device is free.
  Simulated nodes show this for more nodes and vendors than a test cluster has.

  Background:
    Given simulated nodes whose devices are not shared

  @smoke
  Scenario: Each pod runs on a node of its vendor
    Given a node "one" with 4 NVIDIA devices
    And a node "two" with 4 Cambricon devices
    And a node "three" with 8 Ascend devices
    When these pods are created
      | pod    | requests            |
      | vision | 1 NVIDIA device     |
      | speech | 2 Cambricon devices |
      | text   | 8 Ascend devices    |
    Then pod "vision" is Running on node "one"
    And pod "speech" is Running on node "two"
    And pod "text" is Running on node "three"

  Scenario: Pods use all devices of a fleet, and the next pod waits for a free one
    Given a node "one" with 4 NVIDIA devices
    And a node "two" with 4 NVIDIA devices
    And 4 running pods "worker" that each request 2 NVIDIA devices
    When pod "late" is created, requesting 1 NVIDIA device
    Then pod "late" stays Pending with reason "Insufficient nvidia.com/gpu"
    When pod "worker-1" is deleted
    Then pod "late" is Running

  Scenario: A pod cannot have devices of two nodes
    Given a node "one" with 4 AMD devices
    And a node "two" with 4 AMD devices
    When pod "large" is created, requesting 8 AMD devices
    Then pod "large" stays Pending with reason "Insufficient amd.com/gpu"

  Scenario: A pod that requests devices of two vendors runs on a node that has both
    Given a node "plain" with 2 NVIDIA devices
    And a node "mixed" with 2 NVIDIA devices and 2 Hygon devices
    When pod "both" is created, requesting 1 NVIDIA device and 1 Hygon device
    Then pod "both" is Running on node "mixed"

  Scenario: A cordoned node takes no new pods and keeps those it has
    Given a node "one" with 2 Biren devices
    And a running pod "first" that requests 1 Biren device
    When node "one" is cordoned
    And pod "second" is created, requesting 1 Biren device
    Then pod "second" stays Pending with reason "unschedulable"
    And pod "first" is still Running, without a restart
    And pod "first" is Running on node "one"

  Scenario: The pods of a Deployment move to another node when theirs is drained
    Given a node "one" with 2 NVIDIA devices
    And a node "two" with 2 NVIDIA devices
    And a Deployment "service" of 2 running pods that each request 1 NVIDIA device
    When node "one" is drained
    Then 2 pods of Deployment "service" are Running on node "two"

  @slow
  Scenario: The pods of a Deployment move to another node when theirs is deleted
    Given a node "one" with 2 NVIDIA devices
    And a Deployment "service" of 2 running pods that each request 1 NVIDIA device
    And a node "two" with 2 NVIDIA devices
    When node "one" is deleted
    Then 2 pods of Deployment "service" are Running on node "two"

  Scenario: A pod of higher priority takes the devices of a pod of lower priority
    Given a node "one" with 2 Hygon devices
    And a PriorityClass "urgent" above the default priority
    And a running pod "ordinary" that requests 2 Hygon devices
    When pod "first" is created with
      | setting                   | value  |
      | resource hygon.com/dcunum | 1      |
      | priority class            | urgent |
    Then pod "ordinary" is gone
    And pod "first" is Running on node "one"

  Scenario: A pod of higher priority displaces no pod while devices are free
    Given a node "one" with 2 Hygon devices
    And a PriorityClass "urgent" above the default priority
    And a running pod "ordinary" that requests 1 Hygon device
    When pod "first" is created with
      | setting                   | value  |
      | resource hygon.com/dcunum | 1      |
      | priority class            | urgent |
    Then pod "first" is Running on node "one"
    And pod "ordinary" is still Running, without a restart

  Scenario: A broken device of a fleet goes to no pod until it works again
    Given a node "one" with 2 NVIDIA devices
    When NVIDIA device 0 of node "one" breaks
    And pod "large" is created, requesting 2 NVIDIA devices
    Then pod "large" stays Pending with reason "Insufficient nvidia.com/gpu"
    When NVIDIA device 0 of node "one" works again
    Then pod "large" is Running

  Scenario: A quota of the namespace limits the devices of its pods
    Given a node "one" with 4 NVIDIA devices
    And a ResourceQuota for the namespace
      | resource                | amount |
      | requests.nvidia.com/gpu | 2      |
    And a running pod "first" that requests 2 NVIDIA devices
    When pod "second" is created, requesting 1 NVIDIA device
    Then the API refuses pod "second": "is forbidden: exceeded quota"

  Scenario: A fleet of 48 nodes runs all pods that it has devices for
    Given these nodes
      | node     | copies | devices                 |
      | nvidia   | 6      | 4 NVIDIA devices        |
      | mlu      | 6      | 4 Cambricon devices     |
      | dcu      | 6      | 4 Hygon devices         |
      | metax    | 6      | 4 MetaX devices         |
      | xpu      | 6      | 4 Kunlunxin devices     |
      | ascend   | 6      | 4 Ascend devices        |
      | amd      | 6      | 4 AMD devices           |
      | mthreads | 6      | 4 Moore Threads devices |
    When these pods are created
      | pod           | copies | requests                |
      | nvidia-user   | 6      | 4 NVIDIA devices        |
      | mlu-user      | 6      | 4 Cambricon devices     |
      | dcu-user      | 6      | 4 Hygon devices         |
      | metax-user    | 6      | 4 MetaX devices         |
      | xpu-user      | 6      | 4 Kunlunxin devices     |
      | ascend-user   | 6      | 4 Ascend devices        |
      | amd-user      | 6      | 4 AMD devices           |
      | mthreads-user | 6      | 4 Moore Threads devices |
    Then every pod is Running on a node that has the devices it requests

  @slow
  Scenario: A fleet of 1000 nodes runs all pods that it has devices for
    Given these nodes
      | node     | copies | devices                 |
      | nvidia   | 125    | 4 NVIDIA devices        |
      | mlu      | 125    | 4 Cambricon devices     |
      | dcu      | 125    | 4 Hygon devices         |
      | metax    | 125    | 4 MetaX devices         |
      | xpu      | 125    | 4 Kunlunxin devices     |
      | ascend   | 125    | 4 Ascend devices        |
      | amd      | 125    | 4 AMD devices           |
      | mthreads | 125    | 4 Moore Threads devices |
    When these pods are created
      | pod           | copies | requests                |
      | nvidia-user   | 125    | 4 NVIDIA devices        |
      | mlu-user      | 125    | 4 Cambricon devices     |
      | dcu-user      | 125    | 4 Hygon devices         |
      | metax-user    | 125    | 4 MetaX devices         |
      | xpu-user      | 125    | 4 Kunlunxin devices     |
      | ascend-user   | 125    | 4 Ascend devices        |
      | amd-user      | 125    | 4 AMD devices           |
      | mthreads-user | 125    | 4 Moore Threads devices |
    Then every pod is Running on a node that has the devices it requests
