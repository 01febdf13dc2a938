@use.with_skytorch=yes @needs.cpu.0.5
Feature: A Compute as a Kubernetes object
  Everything that Python programs do with a Compute can be done to the object of that name in the cluster.

  Background:
    Given a Compute object named "trainer"

  Scenario: A Compute is ready when all its components are
    When "trainer" becomes ready
    Then "trainer" gives "AllComponentsReady" as the reason

  Scenario: A Compute owns what serves it
    When "trainer" becomes ready
    Then "trainer" owns a Service, a GRPCRoute and a StatefulSet of its name

  Scenario: A suspended Compute has no pods until it is resumed
    Given "trainer" was suspended
    Then "trainer" has no pods
    When "trainer" is resumed
    Then "trainer" has a pod

  Scenario: What serves a Compute is removed with it
    Given "trainer" became ready
    When "trainer" is deleted
    Then nothing of "trainer" is left
