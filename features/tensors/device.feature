@tensors @use.with_skytorch=yes @needs.cpu.0.5 @shared.skytorch
Feature: Tensors on the device of a Compute
  A Python program moves tensors to a Compute as it moves them to a GPU, and works on them there.
  The program needs no other change, so the tensors on the Compute have to be what they would be locally.

  Background:
    Given a Python program
    And a Compute "trainer"
    And the program is in the "async with" block of Compute "trainer"

  @use.with_skytorch_0_2=yes
  Scenario: Tensors that are moved to a Compute and back are unchanged
    When the program moves these tensors to Compute "trainer" and back
      | type      | tensor                                 |
      | float64   | is transposed                          |
      | float32   | begins in the middle of a larger one   |
      | float16   | repeats one row                        |
      | bfloat16  | has its channels last                  |
      | complex64 | is every second column of a larger one |
      | int64     | has eight dimensions                   |
      | int16     | has no elements                        |
      | uint8     | has a single byte                      |
      | bool      | is a single number                     |
    Then the tensors were on the device of Compute "trainer" alone
    And the returned tensors equal the local ones, bit for bit

  Scenario: A change of a view on a Compute changes the tensor as it does locally
    When the program changes a matrix through its views on Compute "trainer" and locally
    Then the returned tensors equal the local ones, bit for bit
