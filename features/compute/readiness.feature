@compute @use.with_skytorch=yes
Feature: Whether a Compute is ready
  Everybody can see on a Compute whether it serves, and else what is lacking first.

  @smoke @needs.cpu.0.5
  Scenario: A Compute says how far it is until it is ready
    Given what "trainer" says of its readiness is written down
    When a Compute object named "trainer" is submitted
    And "trainer" becomes ready
    Then this was said in this order
      | ready | reason              |
      | False | StatefulSetNotReady |
      | True  | AllComponentsReady  |
    And "trainer" tells the addresses of the Gateway

  Scenario: A Compute is not ready while its server does not answer
    Given a Compute object named "trainer" whose server never starts
    And the pod of "trainer" runs
    Then "trainer" is not ready because of "StatefulSetNotReady": "StatefulSet has 0/1 ready replicas"

  Scenario: The moment since when a Compute is not ready stays while only the reason changes
    Given a Compute object named "trainer" whose server never starts
    And since when "trainer" is not ready is written down
    When "trainer" is suspended
    Then "trainer" is not ready because of "StatefulSetNotReady": "StatefulSet has 0/0 ready replicas"
    And "trainer" is not ready since that very moment
