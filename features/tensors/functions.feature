@tensors @use.with_skytorch=yes @use.with_skytorch_0_2=yes @needs.cpu.0.5
Feature: Functions that run on a Compute
  A Python program has a Compute run a function of its own; tensors that the function returns stay on the Compute.

  Background:
    Given a managed Compute named "trainer"

  Scenario: A program gets the tensors and the output of a function
    When a function that makes tensors is run on "trainer"
    Then its tensors can be computed with there, and are what the function makes here
    And the program gets "making 3 rows" from the output of the function
    And the program gets "no device was named" from the error output of the function

  Scenario: A program is told why a function failed, and can run the next
    When a function that fails with "the data is missing" is run on "trainer"
    Then a program is told "Remote execution failed: the data is missing"
    And the program gets "so far all is well" from the output of the function
    When a function that makes tensors is run on "trainer"
    Then its tensors can be computed with there, and are what the function makes here
