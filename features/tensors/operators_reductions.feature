@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Operators over many elements
  Sums, products and layers combine many elements, and a Compute combines them as torch does locally: models are made
  of them. Numbers are rounded at every step, in an order that each machine chooses; a unit in the last place is
  therefore that of the largest element of the result. Whole numbers are equal bit for bit.
  Matrices are three matrices, one behind the other; right ones have 6 rows and 5 columns.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: <operator>(<arguments>) over many elements equals torch's but for rounding
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 32 units in the last place of their largest local element

    Examples: Along dimensions
      | operator  | arguments                      | types                   |
      | sum       | matrix, [0]                    | float64, float32, int64 |
      | sum       | matrices, [0, 2], keepdim=true | float32, int64          |
      | mean      | matrix, [1]                    | float32                 |
      | mean      | matrix, [1], dtype=float64     | float32                 |
      | prod      | matrix, 1                      | float32, int64          |
      | std       | matrix, [1]                    | float32                 |
      | var       | matrix, [1]                    | float32                 |
      | norm      | matrix, 2.0, [1]               | float32                 |
      | logsumexp | matrix, [1]                    | float32                 |
      | cumsum    | matrix, 1                      | float32, int64          |
      | cumprod   | matrix, 1                      | float32, int64          |

    Examples: Products of matrices
      | operator | arguments                     | types                             |
      | mm       | matrix, right matrix          | float64, float32, bfloat16, int64 |
      | bmm      | matrices, right matrices      | float64, float32                  |
      | matmul   | matrices, right matrix        | float32                           |
      | mv       | matrix, vector                | float32                           |
      | dot      | vector, another vector        | float32, int64                    |
      | outer    | vector, another vector        | float32, int64                    |
      | addmm    | product, matrix, right matrix | float32                           |
      | linear   | matrix, another matrix        | float32                           |

    Examples: Square matrices
      | operator | arguments     | types            |
      | trace    | square matrix | float32, int64   |
      | det      | square matrix | float64          |
      | inverse  | square matrix | float64, float32 |

    Examples: Layers of neural networks
      | operator    | arguments                             | types                      |
      | conv2d      | images, kernels                       | float64, float32           |
      | conv2d      | images, kernels, none, [2, 2], [1, 1] | float32                    |
      | avg_pool2d  | images, [2, 2]                        | float32                    |
      | layer_norm  | matrix, [6], vector, another vector   | float32                    |
      | group_norm  | images, 3                             | float32                    |
      | softmax     | matrix, 1                             | float64, float32, bfloat16 |
      | log_softmax | matrix, 1                             | float32                    |

    Examples: Losses
      | operator      | arguments              | types   |
      | mse_loss      | matrix, another matrix | float32 |
      | l1_loss       | matrix, another matrix | float32 |
      | cross_entropy | matrix, labels         | float32 |
      | nll_loss      | matrix, labels         | float32 |

  Scenario Outline: <operator>(<arguments>) over many elements equals torch's exactly
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors equal the local ones, bit for bit

    Examples: The largest and the smallest
      | operator   | arguments      | types          |
      | max        | matrix, 1      | float32, int64 |
      | min        | matrix, 1      | float32, int64 |
      | amax       | matrix, [1]    | float32, int64 |
      | argmax     | matrix, 1      | float32, int64 |
      | argmin     | matrix, 1      | float32        |
      | median     | matrix         | float32, int64 |
      | max_pool2d | images, [2, 2] | float32        |

    Examples: Truth values
      | operator      | arguments | types |
      | any           | mask, 1   | bool  |
      | all           | mask, 1   | bool  |
      | count_nonzero | matrix    | int64 |
