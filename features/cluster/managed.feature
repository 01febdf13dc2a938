@cluster @use.with_skytorch=yes @needs.cpu.0.5
Feature: A managed Cluster
  A Cluster that a Python program uses with "async with" is there, with all its Computes, for as long as it is used.

  Background:
    Given a managed Cluster of the idle Computes "left" and "right"

  Scenario: A Cluster in use is ready
    Then the Cluster is ready
    And "left" gives "AllComponentsReady" as the reason
    And "right" gives "AllComponentsReady" as the reason

  Scenario: All Computes of a Cluster are gone after use
    When the use of the Cluster ends
    Then nothing of "left" is left
    And nothing of "right" is left
