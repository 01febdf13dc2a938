@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: The shape of a tensor
  However a tensor lies in a program's memory, what is read back has its shape and its elements in order.

  Background:
    Given the shared Compute

  Scenario Outline: A tensor that <layout> reads back bit for bit
    When a tensor that <layout> is written
    Then it reads back bit for bit

    Examples: Few elements
      | layout             |
      | is a single number |
      | has a single byte  |

    # SkyTorch 0.1.0 takes no empty tensors.
    @use.with_skytorch_0_2=yes
    Examples: No elements
      | layout                    |
      | has no elements           |
      | has rows without elements |

    Examples: Elements that do not lie side by side
      | layout                                |
      | is transposed                         |
      | is every second column of a larger one |
      | begins in the middle of a larger one  |
      | repeats one row                       |
      | has its channels last                 |

    Examples: Many dimensions
      | layout               |
      | has eight dimensions |
