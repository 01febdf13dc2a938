@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A list of Computes
  kubectl and other clients show a list of Computes with a column for the state.
  A user sees there at a glance which Computes serve and which use no node.

  Scenario: A list of Computes shows the state of each Compute
    Given a Compute "serving" that only answers health checks
    And a suspended Compute "asleep"
    And a Compute "starting" without a server
    When Compute "serving" becomes Ready
    Then "kubectl get computes" shows
      | NAME     | STATE     | AGE |
      | serving  | Ready     | *   |
      | asleep   | Suspended | *   |
      | starting |           | *   |
