@compute @use.with_skytorch=yes
Feature: A server image that does not exist
  Whoever waits for such a Compute reads why it does not start, instead of waiting until time runs out.

  Scenario: The wait ends with the pull error, before its time is over
    Given a Compute object named "trainer" whose image does not exist
    When "trainer" is waited for
    Then the wait ends before its time is over
    And the failure tells that the image cannot be pulled
    And the failure names the image
