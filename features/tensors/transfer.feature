@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Tensors over the network
  Any gRPC client can reach a Compute through the Gateway, at the address that the Compute tells.

  Background:
    Given the shared Compute

  Scenario Outline: A tensor of type <type> reads back bit for bit
    When a tensor of type <type> and shape <shape> is written
    Then it reads back bit for bit

    Examples:
      | type     | shape      |
      | int64    | 1          |
      | bfloat16 | 65 by 33   |
      | float32  | 512 by 513 |

  Scenario: A tensor that nobody wrote is not found
    When a tensor that nobody wrote is read
    Then the transfer fails with NOT_FOUND
