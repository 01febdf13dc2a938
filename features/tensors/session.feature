@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: Streams of operations
  A client can send one operation after another without waiting for each answer, and the server does them in this order.
  Small operations therefore need no round trip each, which would take longer than the work on a distant Compute.

  @needs.cpu.0.5
  Scenario: The operations of a stream are done in their order
    Given a ready Compute "trainer"
    And a tensor client of Compute "trainer"
    When these operations are sent in one stream
      | operation | tensor   | to   |
      | write     | original |      |
      | double    | original |      |
      | copy      | original | copy |
      | delete    | original |      |
      | read      | copy     |      |
    Then the returned tensors equal the local ones, bit for bit
