@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Operators that cannot be computed
  Whoever asks for what cannot be computed is told why in torch's own words, and the server goes on.

  Background:
    Given the shared Compute

  Scenario Outline: An operator that does not exist is refused by its name: <operator>
    When the operator <operator> is tried on the server
    Then the server refuses it
    And the failure of the transfer tells "<name>"
    When add(matrix, another matrix) is computed on the server in float32
    Then the results equal those computed here bit for bit

    Examples:
      | operator                | name        |
      | aten.frobnicate.default | frobnicate  |
      | aten.add.Nonsense       | Nonsense    |

  Scenario Outline: What does not fit is refused: <operator>(<arguments>)
    When <operator>(<arguments>) is tried on the server in float32
    Then the server refuses it
    And the failure of the transfer tells "<reason>"
    When add(matrix, another matrix) is computed on the server in float32
    Then the results equal those computed here bit for bit

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
