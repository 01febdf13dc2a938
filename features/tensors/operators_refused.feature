@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Operators that cannot be computed
  A Compute refuses an operator that torch cannot compute, with torch's own reason, and computes the next one.
  A program therefore gets the same message as locally, and other programs are not affected.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: An operator that does not exist is refused by its name: <operator>
    When <operator>(matrix) is computed on the Compute in float32
    Then the server refuses the call
    And the error contains "<name>"
    When add(matrix, another matrix) is computed on the Compute in float32
    Then the returned tensors equal the local ones, bit for bit

    Examples:
      | operator                | name        |
      | aten.frobnicate.default | frobnicate  |
      | aten.add.Nonsense       | Nonsense    |

  Scenario Outline: Arguments that do not fit are refused: <operator>(<arguments>)
    When <operator>(<arguments>) is computed on the Compute in float32
    Then the server refuses the call
    And the error contains "<reason>"
    When add(matrix, another matrix) is computed on the Compute in float32
    Then the returned tensors equal the local ones, bit for bit

    Examples: Shapes
      | operator | arguments                | reason                          |
      | mm       | matrix, another matrix   | shapes cannot be multiplied     |
      | add      | matrix, right matrix     | must match the size of tensor   |
      | cat      | [matrix, right matrix]   | Sizes of tensors must match     |
      | reshape  | matrix, [5, 5]           | is invalid for input of size 24 |

    Examples: Types
      | operator    | arguments              | reason          |
      | gather      | matrix, 1, matrix      | for index       |
      | bitwise_and | matrix, another matrix | not implemented |

    Examples: Places
      | operator | arguments    | reason       |
      | select   | matrix, 1, 9 | out of range |
      | sum      | matrix, [3]  | out of range |

    Examples: Arguments
      | operator | arguments                | reason         |
      | add      | matrix                   | missing value  |
      | add      | matrix, unwritten tensor | does not exist |
