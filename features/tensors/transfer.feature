@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Tensors over the network
  Any gRPC client can reach a Compute through the Gateway, at the address that the Compute publishes.
  Programs in other languages can therefore use a Compute without SkyTorch's SDK.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: A tensor of type <type> and shape <shape> returns bit for bit through the Gateway
    When tensor "weights" is written with type <type> and shape <shape>
    Then tensor "weights" equals the one written, bit for bit

    Examples:
      | type     | shape      |
      | int64    | 1          |
      | bfloat16 | 65 by 33   |
      | float32  | 512 by 513 |

  Scenario: A tensor that was never written is not found
    When tensor "never written" is read
    Then the call fails with status NOT_FOUND
