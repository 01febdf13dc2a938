@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Copies of tensors
  A Compute copies elements from one of its tensors to another, so that they do not travel over the network.
  Local tensors of torch, on the client's side, are copied in the same way and say what the result has to be.

  Background:
    Given a tensor client of the shared Compute
    And a tensor "original" of type int32 and shape 4 by 6
    And a tensor "target" of type int32 and shape 4 by 6

  Scenario: A copy has the elements of the original
    When tensor "original" is copied to tensor "target"
    Then tensor "target" equals the local one, bit for bit

  Scenario: A copy keeps its elements when the original changes
    When tensor "original" is copied to tensor "target"
    And tensor "original" is written with type int32 and shape 4 by 6
    Then tensor "target" equals the local one, bit for bit

  Scenario: Elements that are copied become numbers of the target's type
    Given a tensor "numbers" of type float64 and shape 4 by 6
    When tensor "original" is copied to tensor "numbers"
    Then tensor "numbers" equals the local one, bit for bit

  Scenario: A part of a tensor can be copied into a part of another
    Given tensor "source column" is a view of tensor "original" that shows one column
    And tensor "target column" is a view of tensor "target" that shows one column
    When tensor "source column" is copied to tensor "target column"
    Then tensor "target" equals the local one, bit for bit

  Scenario: A tensor that was never written cannot be copied
    When tensor "never written" is copied to tensor "target"
    Then the server refuses the call
    And the error contains "Source tensor"

  Scenario: Elements cannot be copied to a tensor that was never written
    When tensor "original" is copied to tensor "never written"
    Then the server refuses the call
    And the error contains "Destination tensor"

  Scenario: A copy that does not fit is refused and leaves the target unchanged
    Given a tensor "narrow" of type int32 and shape 4 by 5
    When tensor "original" is copied to tensor "narrow"
    Then the server refuses the call
    And the error contains "must match the size of tensor"
    And tensor "narrow" is unchanged
