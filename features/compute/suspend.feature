@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A suspended Compute
  A suspended Compute keeps its name and its settings, but has no pod and so uses no node.
  Users suspend a Compute overnight and resume it the next morning.

  Scenario: A suspended Compute has no pod
    Given a Python program
    And a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    When Compute "trainer" is suspended
    Then Compute "trainer" has no pod
    And Compute "trainer" has the condition
      | type      | status | reason    | message              |
      | Suspended | True   | Suspended | Compute is suspended |

  @smoke @needs.cpu.0.5
  Scenario: A resumed Compute serves again
    Given a Python program
    And a ready Compute "trainer"
    And Compute "trainer" is suspended
    And Compute "trainer" has no pod
    And Compute "trainer" has the addresses of the Gateway
    When Compute "trainer" is resumed
    Then Compute "trainer" has one pod
    And Compute "trainer" has the condition
      | type      | status | reason  | message            |
      | Suspended | False  | Resumed | Compute is resumed |
    When two matrices of 8 by 8 are multiplied on Compute "trainer"
    Then the product from Compute "trainer" equals the local product

  @needs.cpu.0.5
  Scenario: A Compute that was created suspended serves once it is resumed
    Given a Python program
    And a suspended Compute "trainer"
    And Compute "trainer" has the condition
      | type      | status | reason    | message              |
      | Suspended | True   | Suspended | Compute is suspended |
    And Compute "trainer" has no pod
    When Compute "trainer" is resumed
    And two matrices of 8 by 8 are multiplied on Compute "trainer"
    Then the product from Compute "trainer" equals the local product

  Scenario: A suspended Compute keeps its objects and is not Ready
    Given a suspended Compute "trainer"
    Then Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/0 ready replicas |
    And Compute "trainer" controls Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer"

  Scenario: A Compute that was never suspended has no condition Suspended
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    And Compute "trainer" has the condition
      | type  | status |
      | Ready | False  |
    Then Compute "trainer" has the condition
      | type      | status |
      | Suspended |        |
