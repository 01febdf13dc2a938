@compute @use.with_skytorch=yes
Feature: What happens to the pod of a Compute
  Programs and people can follow how the server of a Compute comes to run.

  Scenario: A program is told of the events of its Compute
    Given a Compute named "trainer" whose events a program follows
    Then the program is told of the events
      | event     |
      | Scheduled |
      | Pulled    |
      | Created   |
      | Started   |
    And the program is told of these one after the other
      | event   |
      | Pulled  |
      | Created |
      | Started |

  Scenario: The events are the pod's, and none is the Compute's own
    Given a Compute object named "trainer" whose server never starts
    Then these are among the events of the pod of "trainer"
      | event     |
      | Scheduled |
      | Pulled    |
      | Created   |
      | Started   |
    And no event is about the Compute "trainer" itself
