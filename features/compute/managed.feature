@compute @use.with_skytorch=yes @needs.cpu.0.5
Feature: A managed Compute
  A Compute that a Python program uses with "async with" is there for as long as the program uses it.

  @smoke
  Scenario: A matrix product computed remotely equals the one computed here
    Given a managed Compute named "trainer"
    When two matrices of 64 by 64 are multiplied on "trainer"
    Then the product equals the one computed here

  Scenario: A managed Compute is gone after use
    Given a managed idle Compute named "trainer"
    When the use of "trainer" ends
    Then nothing of "trainer" is left

  Scenario: A managed Compute is gone after its program failed
    Given an idle Compute named "trainer"
    When a program fails while it uses "trainer"
    Then the failure of the program is its own
    And nothing of "trainer" is left
