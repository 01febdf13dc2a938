@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: The shape of a tensor
  A tensor keeps its shape and the order of its elements, however it lies in a program's memory.
  Programs transpose and cut tensors without moving a byte, and then send them.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: A tensor that <layout> returns bit for bit
    When tensor "weights" is written from a torch tensor of type <type> that <layout>
    Then tensor "weights" equals the one written, bit for bit

    Examples: Few elements
      | type    | layout             |
      | float32 | is a single number |
      | uint8   | has a single byte  |

    # SkyTorch 0.1.0 refuses empty tensors.
    @use.with_skytorch_0_2=yes
    Examples: No elements
      | type    | layout                    |
      | float32 | has no elements           |
      | float32 | has rows without elements |

    Examples: Elements that do not lie side by side
      | type    | layout                                 |
      | float32 | is transposed                          |
      | float32 | is every second column of a larger one |
      | float32 | begins in the middle of a larger one   |
      | float32 | repeats one row                        |
      | float32 | has its channels last                  |

    Examples: Many dimensions
      | type    | layout               |
      | float32 | has eight dimensions |
