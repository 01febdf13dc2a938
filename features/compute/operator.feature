# Who may stop the nodes of a cluster may stop its operator, too: others on a cluster of somebody else's would miss it.
@compute @use.with_skytorch=yes @use.with_node_faults=yes @serial
Feature: Computes without their operator
  The operator acts on changes only: what runs goes on without it, and what was missed is made up for.

  @needs.cpu.1
  Scenario: Computes serve while the operator is away, and new ones once it is back
    Given a ready Compute object named "old"
    And a tensor client of "old"
    And the operator is away
    When a Compute object named "new" is submitted
    And a tensor of type float32 and shape 3 by 4 is written
    Then it reads back bit for bit
    And "new" says nothing yet
    When the operator is back
    And "new" becomes ready
    Then "new" gives "AllComponentsReady" as the reason

  Scenario: A Compute can be deleted while the operator is away
    Given a Compute object named "trainer" whose server never starts
    And the pod of "trainer" runs
    And the operator is away
    When "trainer" is deleted
    Then nothing of "trainer" is left
