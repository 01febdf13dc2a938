@install @use.with_skytorch=yes @use.with_accounts=yes
Feature: What an account needs
  Whoever may use the Computes of a namespace needs nothing else, neither there nor in other namespaces.

  @needs.cpu.0.5
  Scenario: An account that may use Computes can do all that a program does with them
    Given a program whose account may use the Computes of this scenario, and no more
    And a managed Cluster of the idle Computes "left" and "right"
    When the use of the Cluster ends
    Then nothing of "left" is left
    And nothing of "right" is left

  Scenario: An account that may not is told so
    Given a program whose account may do nothing
    When a Compute named "trainer" is submitted
    Then the API forbids it
