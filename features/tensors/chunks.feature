@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Tensors in chunks
  A tensor travels to a Compute and back as a stream of chunks of at most 1 MiB. Tensors of every size and from many
  clients have to arrive whole, because a training run that loses one byte computes nonsense.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: A tensor of <shape> bytes returns bit for bit
    When tensor "weights" is written with type uint8 and shape <shape>
    Then tensor "weights" equals the one written, bit for bit

    Examples:
      | shape   |
      | 1       |
      | 1048575 |
      | 1048576 |
      | 1048577 |
      | 3145727 |
      | 3145728 |
      | 3145729 |

  Scenario Outline: <count> tensors of shape <shape> that are written and read <order> do not disturb each other
    When <count> tensors of type float32 and shape <shape> are written and read <order>
    Then the returned tensors equal the local ones, bit for bit

    Examples:
      | count | shape      | order             |
      | 200   | 1          | one after another |
      | 16    | 700 by 700 | at the same time  |
