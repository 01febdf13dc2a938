@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Copies of tensors
  Elements are copied from one tensor to another on the server, without a way over the network.

  Background:
    Given the shared Compute
    And a tensor "original" of type int32 and shape 4 by 6 was written
    And a tensor "target" of type int32 and shape 4 by 6 was written

  Scenario: A copy has the elements of the original
    When the tensor "original" is copied to "target"
    Then the tensor "target" reads back bit for bit

  Scenario: A copy stays as it is when the original changes
    Given the tensor "original" was copied to "target"
    When a tensor of type int32 and shape 4 by 6 is written to "original"
    Then the tensor "target" reads back bit for bit

  Scenario: A copy in a tensor of another type has the same numbers
    Given a tensor "numbers" of type float64 and shape 4 by 6 was written
    When the tensor "original" is copied to "numbers"
    Then the tensor "numbers" reads back as the same numbers of type float64

  Scenario: A part of a tensor is copied into a part of another
    When the view of "original" that is one column is copied to the same view of "target"
    Then the tensor "target" has them where the view shows it

  Scenario: What is not there cannot be copied
    When a tensor that nobody wrote is copied to "target"
    Then the server refuses it
    And the failure of the transfer tells "Source tensor"

  Scenario: Nothing can be copied into what is not there
    When the tensor "original" is copied to a tensor that nobody wrote
    Then the server refuses it
    And the failure of the transfer tells "Destination tensor"

  Scenario: A copy that does not fit is refused, and the target stays as it is
    Given a tensor "narrow" of type int32 and shape 4 by 5 was written
    When the tensor "original" is copied to "narrow"
    Then the server refuses it
    And the failure of the transfer tells "must match the size of tensor"
    And the tensor "narrow" reads back bit for bit
