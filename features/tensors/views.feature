@tensors @use.with_skytorch_0_2=yes @use.with_skytorch=yes @use.with_gateway=yes
Feature: Views of tensors
  A view shows elements of a tensor in another shape. It has no memory of its own.

  Background:
    Given the shared Compute
    And a tensor "weights" of type float32 and shape 6 by 8 was written

  Scenario Outline: A view that <shows> is read as the elements that it shows
    When a view of "weights" that <shows> is read
    Then it is the same view of what was written

    Examples:
      | shows                   |
      | is its transpose        |
      | is every second column  |
      | is its last two rows    |
      | is a single element     |
      | is all of it in one row |
      | repeats its first row   |

  Scenario Outline: What is written to a view that <shows> is written to the tensor
    When other elements are written to the view of "weights" that <shows>
    Then the tensor "weights" has them where the view shows it

    Examples:
      | shows                  |
      | is its transpose       |
      | is every second column |
      | is its last two rows   |

  Scenario: A view outlives the tensor that it was made from
    Given a view of "weights" that is every second column was read
    When the tensor "weights" is deleted
    Then the view can still be read

  Scenario: A view of a tensor that is not there is not found
    When the tensor "weights" is deleted
    And a view of "weights" that is one column is read
    Then the transfer fails with NOT_FOUND

  Scenario: A tensor of more than two GiB is written and read in its last part
    Given a tensor "huge" of 3 GiB to which nothing was written
    When bytes are written to "huge" from its 2200000000th byte on
    Then they are read back from there
