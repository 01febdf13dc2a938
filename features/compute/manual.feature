@use.with_skytorch=yes @needs.cpu.0.5
Feature: A Compute managed by hand
  A Python program may also create a Compute, wait for it and delete it itself.

  Scenario: A Compute serves once it is ready
    Given a Compute named "trainer"
    When "trainer" becomes ready
    And two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here

  Scenario: A deleted Compute leaves nothing
    Given a Compute named "trainer"
    When "trainer" is deleted
    Then nothing of "trainer" is left
