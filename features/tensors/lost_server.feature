@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: A server that is lost
  A tensor lives as long as the process that has it. Whoever waits for it is told when that process has ended.

  @needs.cpu.0.5
  Scenario: A reader is told that the server has ended, and the next server knows nothing of its tensors
    Given a ready Compute object named "trainer"
    And a tensor client of "trainer"
    And the pod of "trainer" runs
    And a tensor "weights" of type float32 and shape 4096 by 8192 was written
    When the server ends while "weights" is read
    Then the transfer fails
    And the server of "trainer" is started anew in its pod
    When the tensor "weights" is read once "trainer" serves again
    Then the transfer fails with NOT_FOUND
    And the Compute goes on serving
