@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The deletion of a Compute
  A Compute can be deleted at any moment, and its pod and its network objects go with it.
  A pod that outlived its Compute would use a node without serving any program.

  @smoke
  Scenario: A Compute can be deleted before its server is ready
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    When Compute "trainer" is deleted
    Then Compute "trainer" and all its objects are gone

  Scenario: The deletion of a Compute that is gone succeeds
    Given a suspended Compute "trainer"
    When Compute "trainer" is deleted
    Then Compute "trainer" and all its objects are gone
    When Compute "trainer" is deleted
    Then Compute "trainer" and all its objects are gone

  Scenario: A program may delete its Compute twice
    Given a Python program
    And a suspended Compute "trainer"
    When the program deletes Compute "trainer"
    And the program deletes Compute "trainer"
    Then Compute "trainer" and all its objects are gone

  Scenario: A program may delete its Compute without a grace period
    Given a Python program
    And a Compute "trainer" without a server
    When the program deletes Compute "trainer"
      | setting      | value |
      | grace period | none  |
    Then Compute "trainer" and all its objects are gone

  Scenario: A wait for the end of a Compute with a finalizer names the finalizer
    Given a suspended Compute "trainer"
    And Compute "trainer" has the finalizer "example.com/backup"
    When Compute "trainer" is deleted
    And somebody waits for a moment until Compute "trainer" is gone
    Then the error of the wait contains
      | text                                                             |
      | /trainer is being deleted and waiting for finalizers: example.com/backup |
    When the finalizers of Compute "trainer" are removed
    Then Compute "trainer" and all its objects are gone
