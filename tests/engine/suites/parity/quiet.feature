Feature: Quiet

  Scenario: one
    Given it passes

  Scenario: two
    Given it passes
    And it fails
