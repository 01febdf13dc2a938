@install @use.with_skytorch_api=yes
Feature: The API of Computes
  An installation adds Computes to the kinds that a cluster knows, for kubectl and every other client.

  @smoke
  Scenario: Computes are a kind of objects in namespaces
    When kubectl lists the kinds of the API of Computes
    Then "computes" of version "v1alpha1" are listed, as objects in namespaces

  Scenario: Whoever writes a Compute does not write its status
    When a Compute object named "trainer" that claims to be ready is submitted
    Then the API keeps nothing of its status

  @use.with_skytorch=yes
  Scenario: A list of Computes tells the state of each
    Given a suspended Compute object named "trainer"
    When kubectl lists the Computes of this scenario
    Then "trainer" is listed with the state "Suspended" and an age
