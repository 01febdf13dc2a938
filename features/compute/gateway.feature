# The Gateway is everybody's: only on a cluster that the run may disturb does it say what is not so.
@compute @use.with_skytorch=yes @use.with_gateway=yes @use.with_node_faults=yes @serial
Feature: A Compute follows its Gateway
  A Compute is ready only while the Gateway that leads to it is.

  Scenario: A Compute is not ready while the Gateway says that it is not programmed
    Given an idle Compute object named "trainer"
    And "trainer" became ready
    And what "trainer" says of its readiness is written down
    When the Gateway says for a moment that it is not programmed
    Then this was said in this order
      | ready | reason               |
      | True  | AllComponentsReady   |
      | False | GatewayNotProgrammed |
      | True  | AllComponentsReady   |
    And "trainer" tells the addresses of the Gateway
