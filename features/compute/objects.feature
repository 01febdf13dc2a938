@compute @use.with_skytorch=yes
Feature: A Compute as a Kubernetes object
  Everything that Python programs do with a Compute can be done to the object of that name in the cluster.

  @smoke
  Scenario: A Compute owns what serves it
    Given a Compute object named "trainer" whose server never starts
    Then "trainer" owns a Service, a GRPCRoute and a StatefulSet of its name

  Scenario: A suspended Compute has no pods until it is resumed
    Given an idle Compute object named "trainer"
    When "trainer" is suspended
    Then "trainer" has no pods
    When "trainer" is asked to run
    Then "trainer" has a pod
    When "trainer" is suspended
    Then "trainer" has no pods
