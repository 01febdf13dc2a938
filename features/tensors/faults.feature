@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Streams that go wrong
  Whoever sends a broken stream, or gives one up, is told how it ended, and the Compute goes on serving everybody.

  Background:
    Given the shared Compute

  Scenario Outline: A Compute goes on serving after a stream whose chunks <fault>
    When a tensor is sent in chunks that <fault>
    Then the sender is not left waiting
    And the Compute goes on serving

    Examples:
      | fault                             |
      | never come                        |
      | end too early                     |
      | begin too late                    |
      | lack one in the middle            |
      | come in reverse order             |
      | come twice                        |
      | are no messages                   |
      | are of two tensors                |
      | are larger than the service takes |

  Scenario: A tensor stays as it was when whoever writes it anew gives up on the way
    Given a tensor "weights" of type float32 and shape 2048 by 2048 was written
    When whoever writes "weights" anew gives up on the way
    Then the tensor "weights" reads back bit for bit
    And the Compute goes on serving

  Scenario: A tensor can be read again after a reader gave up on the way
    Given a tensor "weights" of type float32 and shape 2048 by 2048 was written
    When whoever reads "weights" gives up on the way
    Then the tensor "weights" reads back bit for bit
    And the Compute goes on serving

  Scenario: A call for a Compute that does not exist reaches none
    When a tensor is written for a Compute that does not exist
    Then the transfer fails with UNIMPLEMENTED
    And the Compute goes on serving
