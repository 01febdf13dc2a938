@tensors @use.with_skytorch_0_2=yes @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Views of tensors
  A view shows elements of a tensor in another shape, and has no memory of its own. Programs work on parts of large
  tensors through views; local views of local tensors say what each result has to be.

  Background:
    Given a tensor client of the shared Compute
    And a tensor "weights" of type float32 and shape 6 by 8

  Scenario Outline: A view that shows <part> has these elements of the tensor
    Given tensor "part" is a view of tensor "weights" that shows <part>
    When tensor "part" is read
    Then tensor "part" equals the local one, bit for bit

    Examples:
      | part                     |
      | its transpose            |
      | every second column      |
      | its last two rows        |
      | a single element         |
      | all elements in one row  |
      | its first row five times |

  Scenario Outline: Elements that are written to a view that shows <part> are written to the tensor
    Given tensor "part" is a view of tensor "weights" that shows <part>
    When tensor "part" is written with type float32 and shape <shape>
    Then tensor "weights" equals the local one, bit for bit

    Examples:
      | part                | shape  |
      | its transpose       | 8 by 6 |
      | every second column | 6 by 4 |
      | its last two rows   | 2 by 8 |

  Scenario: A view outlives the tensor that it was made from
    Given tensor "part" is a view of tensor "weights" that shows every second column
    When tensor "part" is read
    And tensor "weights" is deleted
    Then tensor "part" equals the local one, bit for bit

  Scenario: A view of a deleted tensor is not found
    Given tensor "part" is a view of tensor "weights" that shows one column
    When tensor "weights" is deleted
    And tensor "part" is read
    Then the call fails with status NOT_FOUND

  Scenario: The last part of a tensor of more than 2 GiB can be written and read
    When 1000 bytes of a tensor of 3 GiB, from byte 2200000000 on, are written and read
    Then the returned tensors equal the local ones, bit for bit
