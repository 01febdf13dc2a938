@install @use.with_gateway=yes @use.with_skytorch=yes
Feature: The Gateway
  All Computes are reached through one Gateway, which an installation brings along.

  Scenario: The class of the Gateway is accepted
    Then the class of the Gateway is accepted

  @smoke
  Scenario: The Gateway is in force
    Then the Gateway is accepted and programmed

  Scenario: The Gateway answers at its address, or on this machine where it has none
    Given a suspended Compute object named "trainer"
    When a call that belongs to no Compute is made to the Gateway
    Then the Gateway answers that nobody implements it
