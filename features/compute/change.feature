@compute @use.with_skytorch=yes
Feature: Changes to a Compute
  What is changed on a Compute reaches everything that serves it.

  Scenario: A Compute whose environment changes is served by another pod
    Given an idle Compute object named "trainer"
    And the pod of "trainer" runs
    When the variable "GREETING" of "trainer" is set to "hello"
    Then another pod of "trainer" serves
    And the pod of "trainer" has the variable "GREETING" set to "hello"

  Scenario: A Compute whose image changes gets a pod with the other image
    Given a Compute object named "trainer" whose image does not exist
    And the pod of "trainer" waits for its image
    When the image of "trainer" is changed to the right one
    Then another pod of "trainer" serves

  Scenario: A label that is added and removed reaches what serves a Compute
    Given a suspended Compute object named "trainer"
    When "trainer" is given the label "example.com/team" with the value "vision"
    Then what serves "trainer" has the label "example.com/team" with the value "vision"
    When the label "example.com/team" is taken from "trainer"
    Then what serves "trainer" has no label "example.com/team"
