@cluster @use.with_skytorch=yes @shared.skytorch
Feature: Failures of a Cluster
  A Cluster is a group of Computes that a Python program creates, awaits and deletes together.
  The program learns which Compute failed, and Computes that were not deleted remain for another attempt.

  Background:
    Given a Python program

  Scenario: A Cluster keeps its Computes when a wait for it times out
    Given a suspended Compute "left"
    And a suspended Compute "right"
    And a Cluster of Computes "left" and "right"
    When the program waits for the Cluster for a moment
    Then the program gets the error "TimeoutError"
    And Compute "left" exists
    And Compute "right" exists

  @use.with_own_namespaces=yes
  Scenario: A wait for a Cluster ends when one of its Computes is deleted
    Given a suspended Compute "left"
    And a suspended Compute "right"
    And a Cluster of Computes "left" and "right"
    When Compute "right" is deleted while the program waits for the Cluster
    Then the program gets the error "right was deleted"
    And Compute "right" and all its objects are gone
    And Compute "left" exists

  @use.with_accounts=yes @needs.cpu.0.5 @use.with_own_namespaces=yes
  Scenario: A Compute that a Cluster cannot delete is reported, and the other Computes are deleted
    Given service account "program" may
      | verbs                           | resources                    | name |
      | get, list, watch, create, patch | computes.compute.skytorch.dev |      |
      | delete                          | computes.compute.skytorch.dev | left |
    And a Python program with the service account "program"
    And a Compute "left" that only answers health checks
    And a Compute "right" that only answers health checks
    And a Cluster of Computes "left" and "right"
    And the program is in the "async with" block of the Cluster
    When the program leaves the "async with" block
    Then the program gets the error "(1 sub-exception)"
    And the program gets the error "computes.compute.skytorch.dev "right" is forbidden"
    And Compute "left" and all its objects are gone
    And Compute "right" exists
