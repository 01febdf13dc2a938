@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Tensors in chunks
  A tensor travels in chunks of at most 1 MiB. Where it is cut makes no difference to what arrives.

  Background:
    Given the shared Compute

  Scenario Outline: A tensor of <shape> bytes reads back bit for bit
    When a tensor of type uint8 and shape <shape> is written
    Then it reads back bit for bit

    Examples:
      | shape   |
      | 1       |
      | 1048575 |
      | 1048576 |
      | 1048577 |
      | 3145727 |
      | 3145728 |
      | 3145729 |

  Scenario: Many small tensors read back bit for bit
    When 200 tensors of type float32 and shape 1 are written one after another
    Then all of them read back bit for bit

  Scenario: Sixteen streams at the same time do not disturb each other
    When 16 tensors of type float32 and shape 700 by 700 are written and read at the same time
    Then each of them was read bit for bit
