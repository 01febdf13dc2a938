@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Streams that go wrong
  A client that sends a broken stream, or gives one up, learns how its call ended, and the Compute serves on.
  One faulty program must not take a Compute away from the others.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: A Compute still serves after a stream whose chunks <fault>
    When a tensor is sent in chunks that <fault>
    Then the call ends before its deadline
    And the Compute still serves

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

  Scenario Outline: A client that stops while a tensor is <act> leaves the tensor unchanged
    Given a tensor "weights" of type float32 and shape 2048 by 2048
    When the client stops while tensor "weights" is <act>
    Then tensor "weights" is unchanged
    And the Compute still serves

    Examples:
      | act     |
      | written |
      | read    |

  Scenario: A call to a Compute that does not exist reaches no server
    When a tensor is sent to a Compute that does not exist
    Then the call fails with status UNIMPLEMENTED
    And the Compute still serves
