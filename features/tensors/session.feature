@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: Streams of operations
  A client can send one operation after another without waiting for each. The server does them in that order.

  @needs.cpu.0.5
  Scenario: The operations of a stream are done in their order
    Given a ready Compute object named "trainer"
    And a tensor client of "trainer"
    When a tensor is written, doubled, copied and deleted in one stream of operations
    Then the copy that the stream reads is twice what was written
