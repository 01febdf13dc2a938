# All Computes share the operator. Stopping it needs a cluster that the run may disturb.
@compute @use.with_skytorch=yes @use.with_node_faults=yes @exclusive.skytorch @use.with_own_namespaces=yes
Feature: Computes without their operator
  The operator acts only on changes, so ready Computes keep serving while it is stopped.
  An upgrade of the operator therefore interrupts no program, and it catches up with the changes afterwards.

  @needs.cpu.1
  Scenario: A ready Compute keeps serving without the operator, and a new Compute starts once the operator is back
    Given a ready Compute "old"
    And a tensor client of Compute "old"
    And the operator is stopped
    When Compute "new" is created
    And tensor "weights" is written with type float32 and shape 3 by 4
    Then tensor "weights" equals the one written, bit for bit
    And the fields of Compute "new" include
      | field  | value |
      | status |       |
    When the operator is started
    Then Compute "new" has the condition
      | type  | status | reason             |
      | Ready | True   | AllComponentsReady |

  Scenario: A Compute can be deleted without the operator
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    And the operator is stopped
    When Compute "trainer" is deleted
    Then Compute "trainer" and all its objects are gone
