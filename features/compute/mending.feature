@compute @use.with_skytorch=yes
Feature: What serves a Compute is mended
  Whatever somebody does to the objects that serve a Compute, they become again what the Compute asks for.

  Background:
    Given a suspended Compute object named "trainer"

  Scenario Outline: A <kind> that somebody deletes comes back
    When somebody deletes the <kind> of "trainer"
    Then "trainer" owns another <kind> of its name

    Examples:
      | kind        |
      | Service     |
      | GRPCRoute   |
      | StatefulSet |

  Scenario Outline: A <kind> that somebody changes is put right
    When somebody changes the <kind> of "trainer"
    Then the <kind> of "trainer" is as it was before

    Examples:
      | kind        |
      | Service     |
      | GRPCRoute   |
      | StatefulSet |
