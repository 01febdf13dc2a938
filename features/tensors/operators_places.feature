@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Operators that choose and move elements
  Operators that only move elements keep every bit of them, as torch does locally.
  Rows, places and labels are whole numbers that say where elements are: one wrong place mixes up the data.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: <operator>(<arguments>) moves elements to the same places as torch
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors equal the local ones, bit for bit

    Examples: Other shapes
      | operator  | arguments           | types             |
      | t         | matrix              | float32, bfloat16 |
      | transpose | matrices, 0, 2      | float32           |
      | permute   | matrices, [2, 0, 1] | float32           |
      | reshape   | matrices, [9, 8]    | float32           |
      | flatten   | matrices            | float32           |
      | repeat    | matrix, [2, 3]      | float32           |
      | flip      | matrix, [1]         | float32           |
      | roll      | matrix, [2], [1]    | float32           |

    Examples: Several tensors in one
      | operator | arguments                   | types          |
      | cat      | [matrix, another matrix], 1 | float32, int64 |
      | stack    | [matrix, another matrix]    | float32        |

    Examples: Some of the elements
      | operator      | arguments                         | types          |
      | select        | matrix, 1, 2                      | float32        |
      | narrow        | matrix, 1, 2, 3                   | float32        |
      | tril          | square matrix                     | float32        |
      | triu          | square matrix, 1                  | float32        |
      | gather        | matrix, 1, places                 | float32        |
      | index_select  | matrix, 1, labels                 | float32        |
      | take          | matrix, places                    | float32        |
      | masked_select | matrix, mask                      | float32        |
      | nonzero       | mask                              | bool           |
      | masked_fill   | matrix, mask, 7                   | float32, int64 |
      | scatter_add   | matrix, 1, places, another matrix | int64          |
      | embedding     | matrix, rows                      | float32        |

    Examples: In order
      | operator | arguments       | types          |
      | sort     | matrix, 1, true | float32, int64 |
      | argsort  | matrix, 1       | float32        |
      | topk     | matrix, 3       | float32, int64 |
