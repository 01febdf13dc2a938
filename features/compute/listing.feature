@compute @use.with_skytorch=yes
Feature: Computes in a list
  Whoever lists Computes sees at a glance which of them serve.

  Scenario: A list of Computes shows what is true of each
    Given an idle Compute object named "serving"
    And a suspended Compute object named "asleep"
    And a Compute object named "starting" whose server never starts
    When "serving" becomes ready
    Then a list of Computes shows their age and these states
      | Name     | State     |
      | serving  | Ready     |
      | asleep   | Suspended |
      | starting |           |
