@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The resources of a Compute
  The CPU and the memory that a Compute requests are reserved on its node, and its server cannot use more.
  Computes on one node therefore do not slow each other down.

  Scenario: A server is limited to the resources that its Compute requests
    Given a suspended Compute "trainer"
      | setting | value |
      | cpu     | 200m  |
      | memory  | 300Mi |
    Then StatefulSet "trainer" has
      | fact             | value |
      | requested cpu    | 200m  |
      | limit of cpu     | 200m  |
      | requested memory | 300Mi |
      | limit of memory  | 300Mi |

  Scenario: A server without requested resources gets 0.1 CPU and 256 MiB, and at most 1 CPU and 2 GiB
    Given a suspended Compute "trainer"
    Then StatefulSet "trainer" has
      | fact             | value |
      | requested cpu    | 100m  |
      | limit of cpu     | 1     |
      | requested memory | 256Mi |
      | limit of memory  | 2Gi   |

  Scenario: A wait for a Compute that fits on no node names the resource that is missing
    Given a Compute "trainer"
      | setting | value |
      | cpu     | 9000  |
    When somebody waits until Compute "trainer" is Ready
      | limit          | value    |
      | room on a node | a moment |
    Then the wait ends before its time limit
    And the error of the wait contains
      | text                      |
      | fits on no node           |
      | not enough cpu is free    |
    And Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/1 ready replicas |
