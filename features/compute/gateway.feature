# The Gateway is everybody's: only on a cluster that the run may disturb does it say what is not so.
@compute @use.with_skytorch=yes @use.with_gateway=yes @use.with_node_faults=yes @serial @needs.cpu.0.5
Feature: A Compute follows its Gateway
  A Compute is ready only while the Gateway that leads to it is.

  Scenario: A Compute is not ready while the Gateway says that it is not programmed
    Given a ready Compute object named "trainer"
    And what "trainer" says of its readiness is written down
    When the Gateway says that it is not programmed
    Then this was said in this order
      | ready | reason               |
      | True  | AllComponentsReady   |
      | False | GatewayNotProgrammed |
    And "trainer" tells the addresses of the Gateway
    When the Gateway says again that it is programmed
    Then "trainer" gives "AllComponentsReady" as the reason
