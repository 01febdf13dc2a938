@compute @use.with_skytorch=yes
Feature: A Compute that is deleted
  A Compute can be deleted at any moment, and takes with it everything that was made for it.

  @smoke
  Scenario: A Compute can be deleted while it starts
    Given a Compute object named "trainer" whose server never starts
    And the pod of "trainer" runs
    When "trainer" is deleted
    Then nothing of "trainer" is left

  Scenario: A Compute object that is gone can be deleted again
    Given a suspended Compute object named "trainer"
    When "trainer" is deleted
    Then nothing of "trainer" is left
    When "trainer" is deleted
    Then nothing of "trainer" is left

  Scenario: A program may delete its Compute twice
    Given a suspended Compute named "trainer"
    When "trainer" is deleted
    And "trainer" is deleted
    Then nothing of "trainer" is left

  Scenario: A program may delete its Compute without a grace period
    Given a Compute named "trainer" whose server never starts
    When "trainer" is deleted without a grace period
    Then nothing of "trainer" is left

  Scenario: A Compute that somebody holds stays until it is released
    Given a suspended Compute object named "trainer"
    And "trainer" is held by the finalizer "example.com/backup"
    When "trainer" is deleted
    And the end of "trainer" is waited for
    Then the failure tells that "trainer" waits for "example.com/backup"
    When "trainer" is released
    Then nothing of "trainer" is left
