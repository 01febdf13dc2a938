@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Operators on each element
  A Compute computes torch's operators on each element as torch computes them locally; programs rely on the same numbers.
  Whole numbers and truth values are equal bit for bit, other numbers but for rounding: a unit in the last place is the
  smallest step that a type can make at that number. A matrix has 4 rows and 6 columns of random numbers, the same in
  every run; a vector has 6 elements.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: <operator>(<arguments>) of each element equals torch's but for one rounding
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 4 units in the last place of the local ones

    Examples: Sums and products
      | operator     | arguments               | types                                                        |
      | add          | matrix, another matrix  | float64, float32, float16, bfloat16, complex64, int64, uint8 |
      | add          | matrix, vector          | float32, int64                                               |
      | sub          | matrix, another matrix  | float32, int64                                               |
      | mul          | matrix, another matrix  | float64, float32, float16, bfloat16, complex64, int64        |
      | div          | matrix, positive matrix | float64, float32, bfloat16                                   |
      | remainder    | matrix, positive matrix | float32, int64                                               |
      | floor_divide | matrix, positive matrix | float32, int64                                               |
      | pow          | matrix, 3               | float32, int64                                               |

    Examples: Functions
      | operator   | arguments              | types                      |
      | exp        | matrix                 | float64, float32, bfloat16 |
      | log        | positive matrix        | float32                    |
      | sqrt       | positive matrix        | float64, float32, float16  |
      | rsqrt      | positive matrix        | float32                    |
      | reciprocal | positive matrix        | float32                    |
      | sin        | matrix                 | float32                    |
      | cos        | matrix                 | float32                    |
      | tanh       | matrix                 | float64, float32, bfloat16 |
      | erf        | matrix                 | float32                    |
      | atan2      | matrix, another matrix | float32                    |

    Examples: Activations of neural networks
      | operator   | arguments   | types   |
      | sigmoid    | matrix      | float32 |
      | leaky_relu | matrix, 0.1 | float32 |

  Scenario Outline: <operator>(<arguments>) of each element equals torch's but for the rounding of several steps
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors are within 32 units in the last place of their largest local element

    Examples: Steps that are each rounded
      | operator | arguments                                        | types          |
      | add      | matrix, another matrix, alpha=3                  | float32, int64 |
      | lerp     | matrix, another matrix, 0.25                     | float32        |
      | addcmul  | matrix, another matrix, positive matrix, value=2 | float32        |
      | gelu     | matrix                                           | float32        |
      | silu     | matrix                                           | float32        |
      | softplus | matrix                                           | float32        |

  Scenario Outline: <operator>(<arguments>) of each element equals torch's exactly
    When <operator>(<arguments>) is computed on the Compute in <types>
    Then the returned tensors equal the local ones, bit for bit

    Examples: Signs and whole parts
      | operator | arguments | types          |
      | abs      | matrix    | float32, int64 |
      | neg      | matrix    | float32, int64 |
      | sign     | matrix    | float32, int64 |
      | floor    | matrix    | float32        |
      | ceil     | matrix    | float32        |
      | trunc    | matrix    | float32        |
      | round    | matrix    | float32        |
      | relu     | matrix    | float32, int64 |

    Examples: The larger and the smaller
      | operator | arguments              | types          |
      | clamp    | matrix, -1, 2          | float32, int64 |
      | maximum  | matrix, another matrix | float32, int64 |
      | minimum  | matrix, another matrix | float32, int64 |

    Examples: Comparisons
      | operator | arguments                    | types                |
      | eq       | matrix, another matrix       | float32, int64, bool |
      | ne       | matrix, another matrix       | float32, int64       |
      | lt       | matrix, another matrix       | float32, int64       |
      | le       | matrix, another matrix       | float32, int64       |
      | gt       | matrix, another matrix       | float32, int64       |
      | ge       | matrix, another matrix       | float32, int64       |
      | isclose  | matrix, another matrix       | float32              |
      | where    | mask, matrix, another matrix | float32, int64       |

    Examples: Zeros, infinities and numbers that are none
      | operator | arguments                        | types             |
      | eq       | special numbers, special numbers | float32, bfloat16 |
      | isnan    | special numbers                  | float32, bfloat16 |
      | isfinite | special numbers                  | float32           |

    Examples: Bits and truth values
      | operator           | arguments              | types       |
      | bitwise_and        | matrix, another matrix | int64, bool |
      | bitwise_xor        | matrix, another matrix | int64       |
      | bitwise_not        | matrix                 | int64, bool |
      | bitwise_left_shift | positive matrix, 3     | int64       |
      | logical_and        | matrix, another matrix | bool        |
      | logical_not        | matrix                 | bool        |
