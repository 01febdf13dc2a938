@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: The elements of a tensor
  A tensor keeps the type of its elements, and every bit of them, on its way to a Compute and back.
  A model depends on both: a rounded or retyped weight changes what the model computes.

  Background:
    Given a tensor client of the shared Compute

  @smoke
  Scenario Outline: A tensor of type <type> returns bit for bit
    When tensor "weights" is written with type <type> and shape 65 by 33
    Then tensor "weights" equals the one written, bit for bit

    Examples: Real numbers
      | type     |
      | float64  |
      | float32  |
      | float16  |
      | bfloat16 |

    Examples: Complex numbers
      | type       |
      | complex128 |
      | complex64  |

    Examples: Whole numbers
      | type  |
      | int64 |
      | int32 |
      | int16 |
      | int8  |

    Examples: Whole numbers without a sign
      | type   |
      | uint64 |
      | uint32 |
      | uint16 |
      | uint8  |

    Examples: Truth values
      | type |
      | bool |

  Scenario Outline: A tensor of type <type> can be read as bytes only
    When tensor "weights" is written with type <type> and shape 3 by 5
    And tensor "weights" is read
    Then the call fails with status INTERNAL
    And the error contains "unsupported ScalarType <name>"
    And the bytes of tensor "weights" equal those written

    Examples: Real numbers of eight bits
      | type          | name          |
      | float8_e4m3fn | Float8_e4m3fn |
      | float8_e5m2   | Float8_e5m2   |

    Examples: Complex numbers of two times sixteen bits
      | type      | name        |
      | complex32 | ComplexHalf |

  Scenario: A matrix is quantised on a Compute as it is locally
    When a matrix is quantised on the Compute and locally
    Then the returned tensors equal the local ones, bit for bit

  Scenario: A quantised tensor cannot be read before it is made whole numbers
    When a matrix is quantised on the Compute and locally
    And tensor "quantised" is read
    Then the call fails with status INTERNAL
    And the error contains "unsupported ScalarType QInt8"

  Scenario: An element type that does not exist is refused by its name
    When tensor "weights" is written with type float33 and shape 1
    Then the server refuses the call
    And the error contains "float33"

  Scenario Outline: A tensor of type <type> keeps <numbers>
    When tensor "weights" is written from a torch tensor of type <type> that holds <numbers>
    Then tensor "weights" equals the one written, bit for bit

    Examples: Infinities
      | type     | numbers    |
      | float64  | infinities |
      | float32  | infinities |
      | float16  | infinities |
      | bfloat16 | infinities |

    Examples: Zeros of both signs
      | type     | numbers             |
      | float64  | zeros of both signs |
      | float32  | zeros of both signs |
      | float16  | zeros of both signs |
      | bfloat16 | zeros of both signs |

    Examples: The smallest numbers
      | type     | numbers              |
      | float64  | the smallest numbers |
      | float32  | the smallest numbers |
      | float16  | the smallest numbers |
      | bfloat16 | the smallest numbers |

    Examples: Quiet NaNs with payloads
      | type     | numbers                  |
      | float64  | quiet NaNs with payloads |
      | float32  | quiet NaNs with payloads |
      | float16  | quiet NaNs with payloads |
      | bfloat16 | quiet NaNs with payloads |

    Examples: Signalling NaNs
      | type     | numbers         |
      | float64  | signalling NaNs |
      | float32  | signalling NaNs |
      | float16  | signalling NaNs |
      | bfloat16 | signalling NaNs |
