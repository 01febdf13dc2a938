@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: The elements of a tensor
  A tensor keeps the type of its elements, and every bit of them, on its way to a Compute and back.

  Background:
    Given the shared Compute

  @smoke
  Scenario Outline: A tensor of type <type> reads back bit for bit
    When a tensor of type <type> and shape 65 by 33 is written
    Then it reads back bit for bit

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

  Scenario Outline: Elements of type <type> are kept, though they can be sent as bytes only
    When a tensor of type <type> and shape 3 by 5 is written
    And it is read
    Then the transfer fails with INTERNAL
    And the failure of the transfer tells "unsupported ScalarType <name>"
    When its elements are taken as bytes on the server
    Then the bytes are those that were written

    Examples: Real numbers of eight bits
      | type          | name          |
      | float8_e4m3fn | Float8_e4m3fn |
      | float8_e5m2   | Float8_e5m2   |

    Examples: Complex numbers of two times sixteen bits
      | type      | name        |
      | complex32 | ComplexHalf |

  Scenario: Quantised numbers are made on the server, and sent as the whole numbers that they are
    When a matrix is quantised on the server and here
    Then the results equal those computed here bit for bit
    When the quantised matrix is read
    Then the transfer fails with INTERNAL
    And the failure of the transfer tells "unsupported ScalarType QInt8"

  Scenario: An element type that does not exist is refused by its name
    When a tensor of the unknown type float33 is written
    Then the server refuses it
    And the failure of the transfer tells "float33"

  Scenario Outline: <pattern> are not mistaken for other numbers
    When <pattern> of each type of real numbers are written
    Then all of them read back bit for bit

    Examples: Numbers that computing easily changes
      | pattern                  |
      | infinities               |
      | zeros of both signs      |
      | the smallest numbers     |
      | quiet NaNs with payloads |
      | signalling NaNs          |
