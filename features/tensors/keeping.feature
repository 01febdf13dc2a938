@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Tensors that a Compute keeps
  A Compute keeps what was written to it until that is written again or deleted.

  Background:
    Given the shared Compute
    And a tensor "weights" of type float32 and shape 4 by 6 was written

  Scenario: A tensor stays when it has been read
    When the tensor "weights" is read
    Then the tensor "weights" reads back bit for bit

  @smoke
  Scenario: A tensor that is written again has the newer elements
    When a tensor of type float32 and shape 4 by 6 is written to "weights"
    Then the tensor "weights" reads back bit for bit

  Scenario: Elements of another type are converted to that of the tensor
    When a tensor of type int64 and shape 4 by 6 is written to "weights"
    Then the tensor "weights" reads back as the same numbers of type float32

  Scenario: What does not fit into a tensor is refused, and the tensor stays as it is
    When a tensor of type float32 and shape 3 by 6 is written to "weights"
    Then the server refuses it
    And the failure of the transfer tells "must match the size of tensor"
    And the tensor "weights" reads back bit for bit

  Scenario: A deleted tensor is not found
    When the tensor "weights" is deleted
    And the tensor "weights" is read
    Then the transfer fails with NOT_FOUND

  Scenario: Deleting a tensor leaves the others
    Given a tensor "bias" of type float32 and shape 6 was written
    When the tensor "bias" is deleted
    Then the tensor "weights" reads back bit for bit

  Scenario: Deleting a tensor that is not there is no failure
    When a tensor that nobody wrote is deleted
    Then nothing fails
