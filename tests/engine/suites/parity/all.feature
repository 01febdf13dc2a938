@whole
Feature: All that behave can report
  A description.

  Background: Prepared
    Given it passes

  Scenario: passes
    When it passes with "text"
      """
      Some text
      in lines
      """
    Then it passes with 3

  Scenario: fails
    When it fails
    Then it passes

  Scenario: breaks
    When it prints "before" and breaks
    Then it passes

  Scenario: is undefined
    When nobody defined this
    Then it passes

  Scenario: is pending
    When it is pending

  @left_out
  Scenario: is left out
    When it fails

  Scenario: skips itself
    When it skips the scenario
    Then it fails

  @hook.fails
  Scenario: has a hook that fails
    When it passes

  @skipped.in.hook
  Scenario: is skipped in a hook
    When it fails

  Scenario: cannot clean up
    When a cleanup fails

  Scenario: attaches
    When it attaches "a thing"
    Then it passes

  Scenario: has steps within a step
    When it runs steps

  Scenario: awaits
    When it awaits

  Scenario: logs and fails
    When it logs "some words"
    Then it fails

  Scenario: without steps beyond the background

  Scenario Outline: row <what>
    When it passes with <number>
      | name   | value    |
      | <what> | <number> |
    Examples: some
      | what | number |
      | a    | 1      |
      | b    | 2      |

    @left_out
    Examples: others
      | what | number |
      | c    | 3      |

  @ruled
  Rule: Inside a rule
    Background: Of the rule
      Given it passes with 7

    Scenario: passes in a rule
      When it passes

    Scenario: fails in a rule
      When it fails
