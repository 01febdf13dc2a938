@install @use.with_skytorch=yes @use.with_accounts=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The permissions of an account that uses Computes
  A service account needs permissions for Computes and events in one namespace, and no others.
  Administrators can therefore let a team use SkyTorch without access to the pods of the cluster.

  @needs.cpu.0.5
  Scenario: Permissions for Computes and events are enough for a program
    Given service account "program" may
      | verbs                                   | resources                     |
      | get, list, watch, create, patch, delete | computes.compute.skytorch.dev |
      | list, watch                             | events                        |
    And a Python program with the service account "program"
    And a Compute "left" that only answers health checks
    And a Compute "right" that only answers health checks
    And a Cluster of Computes "left" and "right"
    And the program is in the "async with" block of the Cluster
    When the program leaves the "async with" block
    Then Compute "left" and all its objects are gone
    And Compute "right" and all its objects are gone

  Scenario: The API forbids Computes to an account without permissions
    Given a Python program with the service account "guest"
    When Compute "trainer" is created
    Then the API forbids Compute "trainer" to service account "guest"
