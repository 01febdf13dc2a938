@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Where the results of operators go
  A result is a new tensor, unless torch says otherwise: an operator whose name ends with an underscore changes its first
  operand, and one with an argument "out" writes into that tensor. A result in the wrong place is lost.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: <operator>(<arguments>) changes its first operand
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 4 units in the last place of the local ones

    Examples: Computed
      | operator | arguments               | types          |
      | add_     | matrix, another matrix  | float32, int64 |
      | sub_     | matrix, another matrix  | float32        |
      | mul_     | matrix, another matrix  | float32        |
      | div_     | matrix, positive matrix | float32        |
      | exp_     | matrix                  | float32        |
      | relu_    | matrix                  | float32        |
      | clamp_   | matrix, -1, 1           | float32        |

    Examples: Filled
      | operator     | arguments       | types          |
      | zero_        | matrix          | float32        |
      | fill_        | matrix, 7       | float32, int64 |
      | copy_        | matrix, vector  | float32        |
      | masked_fill_ | matrix, mask, 7 | float32        |

  Scenario Outline: <operator>(<arguments>) writes into the tensor of its argument "out"
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 32 units in the last place of their largest local element

    Examples: Tensors of the same type
      | operator | arguments                                     | types          |
      | add      | matrix, another matrix, out=room for a matrix | float32, int64 |
      | exp      | matrix, out=room for a matrix                 | float32        |
      | mm       | matrix, right matrix, out=room for a product  | float32        |

  Scenario Outline: <operator>(<arguments>) makes a new tensor
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 4 units in the last place of the local ones

    Examples: Of a shape
      | operator | arguments           | types   |
      | zeros    | [2, 3]              | float32 |
      | ones     | [2, 3], dtype=int64 | float32 |
      | full     | [2, 3], 7           | float32 |
      | eye      | 4                   | float32 |
      | arange   | 10                  | float32 |
      | linspace | 0, 1, 11            | float32 |

    Examples: Like another
      | operator   | arguments | types          |
      | zeros_like | matrix    | float32, int64 |
      | full_like  | matrix, 7 | float32        |
