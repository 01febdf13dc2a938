@compute @use.with_skytorch=yes
Feature: A suspended Compute
  A suspended Compute keeps its name and its settings, but uses no machine.

  Scenario: A suspended Compute has no pods
    Given a Compute named "trainer" whose server never starts
    And the pod of "trainer" runs
    When "trainer" is suspended
    Then "trainer" has no pods
    And "trainer" says that it is suspended

  @smoke @needs.cpu.0.5
  Scenario: A resumed Compute serves again
    Given a ready Compute named "trainer"
    And "trainer" was suspended
    Then "trainer" tells the addresses of the Gateway
    When "trainer" is resumed
    Then "trainer" has a pod
    And "trainer" says that it is resumed
    When two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here

  @needs.cpu.0.5
  Scenario: A Compute that was made suspended serves once it is resumed
    Given a suspended Compute named "trainer"
    Then "trainer" says that it is suspended
    And "trainer" has no pods
    When "trainer" is resumed
    And two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here

  Scenario: A suspended Compute is not ready
    Given a suspended Compute object named "trainer"
    Then "trainer" is not ready because of "StatefulSetNotReady": "StatefulSet has 0/0 ready replicas"
    And "trainer" owns a Service, a GRPCRoute and a StatefulSet of its name

  Scenario: A Compute that was never suspended says nothing of it
    Given a Compute object named "trainer" whose server never starts
    Then "trainer" says nothing of being suspended
