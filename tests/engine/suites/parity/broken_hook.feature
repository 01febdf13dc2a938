@feature_hook.fails
Feature: A hook of the feature fails

  Scenario: never runs
    Given it passes

  Scenario: never runs either
    Given it passes
