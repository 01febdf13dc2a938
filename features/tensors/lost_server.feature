@tensors @use.with_skytorch=yes @use.with_gateway=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A server that is lost
  A tensor lives in the process of its server, and is lost with it.
  A client that reads at that moment gets an error at once, so that its program can start again.

  @needs.cpu.0.5 @use.with_skytorch_0_2=yes
  Scenario: A read fails when the server ends, and the next server has none of its tensors
    Given a ready Compute "trainer"
    And a tensor client of Compute "trainer"
    And the pod of Compute "trainer" is Running
    And a tensor "weights" of type float32 and shape 4096 by 8192
    When the server stops while tensor "weights" is read
    Then the call fails
    And the call ends before its deadline
    And the same pod serves Compute "trainer" after a restart
    When tensor "weights" is read
    Then the call fails with status NOT_FOUND
    And the Compute still serves
