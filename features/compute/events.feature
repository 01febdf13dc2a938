@compute @use.with_skytorch=yes @shared.skytorch
Feature: The events of a Compute
  Kubernetes reports in events how the pod of a Compute is scheduled, gets its image and starts.
  Programs and people follow them to learn why a server is not there yet.

  Scenario: A program gets the events of the pod of its Compute
    Given a Python program
    And the program follows the events of its Computes
    And a suspended Compute "trainer"
      | setting   | value        |
      | container | does nothing |
    And Compute "trainer" has the condition
      | type      | status |
      | Suspended | True   |
    When Compute "trainer" is changed
      | setting   | value |
      | suspended | no    |
    Then the program gets these events of the pod of Compute "trainer", in this order
      | event     |
      | Scheduled |
    And the program gets these events of the pod of Compute "trainer", in this order
      | event   |
      | Pulled  |
      | Created |
      | Started |

  @use.with_own_namespaces=yes
  Scenario: The pod of a Compute has events, and the Compute itself has none
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    Then the events of pod "trainer-0" include
      | type   | reason    |
      | Normal | Scheduled |
      | Normal | Pulled    |
      | Normal | Created   |
      | Normal | Started   |
    And Compute "trainer" has no events
