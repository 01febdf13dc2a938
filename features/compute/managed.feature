@compute @use.with_skytorch=yes @needs.cpu.0.5 @shared.skytorch
Feature: A Compute in an "async with" block
  A Python program can use a Compute in an "async with" block, which waits for the Compute and deletes it afterwards.
  So no server keeps running after its program, even if the program fails.

  Background:
    Given a Python program

  @smoke
  Scenario: A matrix product from a Compute equals the local product
    Given a Compute "trainer"
    And the program is in the "async with" block of Compute "trainer"
    When two matrices of 64 by 64 are multiplied on Compute "trainer"
    Then the product from Compute "trainer" equals the local product

  @use.with_own_namespaces=yes
  Scenario: A Compute is gone after the "async with" block
    Given a Compute "trainer" that only answers health checks
    And the program is in the "async with" block of Compute "trainer"
    When the program leaves the "async with" block
    Then Compute "trainer" and all its objects are gone

  @use.with_own_namespaces=yes
  Scenario: A Compute is gone after an error in the "async with" block, and the program gets the error
    Given a Compute "trainer" that only answers health checks
    When the program raises an error in the "async with" block of Compute "trainer"
    Then the program gets the error "ArithmeticError: of the program"
    And Compute "trainer" and all its objects are gone
