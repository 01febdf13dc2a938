@cluster @use.with_skytorch=yes @needs.cpu.0.5 @shared.skytorch
Feature: A Cluster in an "async with" block
  A Cluster is a group of Computes that a Python program uses together.
  In an "async with" block all its Computes are there, and no Compute is left to pay for after the block.

  Background:
    Given a Python program
    And a Compute "left" that only answers health checks
    And a Compute "right" that only answers health checks
    And a Cluster of Computes "left" and "right"
    And the program is in the "async with" block of the Cluster

  Scenario: A Cluster is ready inside the "async with" block
    Then the program sees that the Cluster is ready
    And Compute "left" has the condition
      | type  | status | reason             |
      | Ready | True   | AllComponentsReady |
    And Compute "right" has the condition
      | type  | status | reason             |
      | Ready | True   | AllComponentsReady |

  @use.with_own_namespaces=yes
  Scenario: The Computes of a Cluster are gone after the "async with" block
    When the program leaves the "async with" block
    Then Compute "left" and all its objects are gone
    And Compute "right" and all its objects are gone
