# All Computes share the Gateway. The scenario changes its status, so it needs a cluster that the run may disturb.
@compute @use.with_skytorch=yes @use.with_gateway=yes @use.with_node_faults=yes @exclusive.skytorch @use.with_own_namespaces=yes
Feature: The Gateway of a Compute
  A Compute is reached through the Gateway, so it is Ready only while the Gateway is programmed.
  Otherwise programs that wait for a Compute would start before any call can reach it.

  Scenario: A Compute is not Ready while its Gateway is not programmed
    Given a Compute "trainer" that only answers health checks
    And Compute "trainer" becomes Ready
    And the condition "Ready" of Compute "trainer" is recorded
    When the Gateway has the condition "Programmed" False 3 times, each until the Compute reports it
    Then the recorded condition was in this order
      | status | reason               |
      | True   | AllComponentsReady   |
      | False  | GatewayNotProgrammed |
      | True   | AllComponentsReady   |
      | False  | GatewayNotProgrammed |
      | True   | AllComponentsReady   |
      | False  | GatewayNotProgrammed |
      | True   | AllComponentsReady   |
    And Compute "trainer" has the addresses of the Gateway
