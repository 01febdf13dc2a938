@compute @use.with_skytorch=yes
Feature: A Compute managed by hand
  A Python program may also create a Compute, wait for it and delete it itself.

  @needs.cpu.0.5
  Scenario: A Compute serves once it is ready
    Given a Compute named "trainer"
    When "trainer" becomes ready
    Then a program sees that "trainer" is ready
    When two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here

  Scenario: A deleted Compute leaves nothing
    Given an idle Compute named "trainer"
    When "trainer" is deleted
    Then nothing of "trainer" is left

  Scenario: A program that waits for too long is told so
    Given a Compute named "trainer" whose server never starts
    When a program waits for "trainer" for a moment
    Then a program is told that time ran out
    And a program is told "did not become ready within"
    And a program sees that "trainer" is not ready

  @use.with_skytorch_0_2=yes
  Scenario: The device of a Compute cannot be used before it is ready
    Given a suspended Compute named "trainer"
    When a program computes on the device of "trainer"
    Then a program is told "Compute 'trainer' is not ready"

  @use.with_skytorch_0_2=yes
  Scenario: A Compute runs no functions before it is ready
    Given a suspended Compute named "trainer"
    When a program runs a function on "trainer"
    Then a program is told "gRPC client is not connected"
