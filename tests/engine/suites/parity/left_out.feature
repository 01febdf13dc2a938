@left_out
Feature: Left out as a whole

  Scenario: does not run
    Given it fails
