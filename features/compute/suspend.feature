@use.with_skytorch=yes @needs.cpu.0.5
Feature: A suspended Compute
  A suspended Compute keeps its name and its settings, but uses no machine.

  Background:
    Given a ready Compute named "trainer"

  Scenario: A suspended Compute has no pods
    When "trainer" is suspended
    Then "trainer" has no pods
    And "trainer" says that it is suspended

  Scenario: A resumed Compute serves again
    Given "trainer" was suspended
    When "trainer" is resumed
    Then "trainer" has a pod
    And "trainer" says that it is resumed
    When two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here
