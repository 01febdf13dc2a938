@compute @use.with_skytorch=yes
Feature: The resources of a Compute
  What a Compute asks for its server gets for sure, and gets no more than that.

  Scenario: A server gets just what it asks for
    Given a Compute object named "trainer" with
      | setting | value |
      | suspended | yes |
      | cpu     | 200m  |
      | memory  | 300Mi |
    Then the container of "trainer" may use
      | resource | for sure | at most |
      | cpu      | 200m     | 200m    |
      | memory   | 300Mi    | 300Mi   |

  Scenario: A server that asks for nothing gets little for sure, and may use one CPU and 2 GiB
    Given a suspended Compute object named "trainer"
    Then the container of "trainer" may use
      | resource | for sure | at most |
      | cpu      | 100m     | 1       |
      | memory   | 256Mi    | 2Gi     |

  Scenario: Whoever waits for a Compute that fits on no node reads why
    Given a Compute object named "trainer" with
      | setting | value |
      | cpu     | 9000  |
    When "trainer" is waited for with little patience for crowded nodes
    Then the wait ends before its time is over
    And the failure tells that no node has so much cpu
    And "trainer" is not ready because of "StatefulSetNotReady": "StatefulSet has 0/1 ready replicas"
