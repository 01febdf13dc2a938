@tensors @use.with_skytorch=yes @use.with_skytorch_0_2=yes @needs.cpu.0.5 @shared.skytorch
Feature: Functions that run on a Compute
  A Python program sends a function to a Compute, which runs it and keeps the tensors that the function returns.
  The program doubles these tensors on the Compute, and so loads data there without sending it over the network.

  Background:
    Given a Python program
    And a Compute "trainer"
    And the program is in the "async with" block of Compute "trainer"

  Scenario: A program computes on a Compute with the tensors that its function made there
    When the program runs a function that makes tensors on Compute "trainer"
    Then the returned tensors equal the local ones, bit for bit

  Scenario: A program receives the output of its function
    When the program runs a function that makes tensors on Compute "trainer"
    Then the program gets "making 3 rows" from the stdout of the function on Compute "trainer"
    And the program gets "no device was named" from the stderr of the function on Compute "trainer"

  Scenario: A program learns why its function failed
    When the program runs a function that raises "the data is missing" on Compute "trainer"
    Then the program gets the error "Remote execution failed: the data is missing"
    And the program gets "so far all is well" from the stdout of the function on Compute "trainer"

  Scenario: A Compute runs functions after one that failed
    When the program runs a function that raises "the data is missing" on Compute "trainer"
    And the program runs a function that makes tensors on Compute "trainer"
    Then the returned tensors equal the local ones, bit for bit
