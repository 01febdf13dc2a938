@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Tensors that a Compute keeps
  A Compute keeps the elements that were written to a tensor until the tensor is written again or deleted.
  Programs rely on this: they send the weights of a model once, and use them many times.

  Background:
    Given a tensor client of the shared Compute
    And a tensor "weights" of type float32 and shape 4 by 6

  Scenario: A tensor stays on the Compute when it has been read
    When tensor "weights" is read
    Then tensor "weights" equals the one written, bit for bit

  @smoke
  Scenario: A tensor that is written again has the newer elements
    When tensor "weights" is written with type float32 and shape 4 by 6
    Then tensor "weights" equals the one written, bit for bit

  Scenario: Elements that are written become numbers of the tensor's type
    When tensor "weights" is written with type int64 and shape 4 by 6
    Then tensor "weights" equals the local one, bit for bit

  Scenario: Elements that do not fit into a tensor are refused and leave it unchanged
    When tensor "weights" is written with type float32 and shape 3 by 6
    Then the server refuses the call
    And the error contains "must match the size of tensor"
    And tensor "weights" is unchanged

  Scenario: A deleted tensor is not found
    When tensor "weights" is deleted
    And tensor "weights" is read
    Then the call fails with status NOT_FOUND

  Scenario: The deletion of a tensor leaves the others unchanged
    Given a tensor "bias" of type float32 and shape 6
    When tensor "bias" is deleted
    Then the call succeeds
    And tensor "weights" is unchanged

  Scenario: The deletion of a tensor that was never written succeeds
    When tensor "never written" is deleted
    Then the call succeeds
