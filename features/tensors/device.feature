@tensors @use.with_skytorch=yes @needs.cpu.0.5
Feature: Tensors on the device of a Compute
  A Python program moves tensors to a Compute as it moves them to a graphics card, and works on them there.

  Background:
    Given a managed Compute named "trainer"

  @use.with_skytorch_0_2=yes
  Scenario: Tensors that are moved to a Compute and back are unchanged
    When tensors of these types are moved to "trainer" and back
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
    Then each comes back bit for bit

  Scenario: What changes a view of a tensor changes the tensor
    When a matrix on "trainer" and one here are changed in place, through views of them
    Then the results equal those computed here bit for bit
