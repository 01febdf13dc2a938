@cluster @use.with_skytorch=yes
Feature: A Cluster managed by hand
  A Python program may also wait for a Cluster and delete it itself.

  @needs.cpu.0.5
  Scenario: A Cluster is ready when the last of its Computes is
    Given a Cluster of the idle Computes "left" and "right"
    And "right" was suspended
    And "left" became ready
    Then the Cluster is not ready
    When "right" is resumed
    And the Cluster becomes ready
    Then the Cluster is ready

  @needs.cpu.0.5
  Scenario: Each Compute of a Cluster tells the events of its own pod
    Given a Cluster of the idle Computes "left" and "right", whose events are listened to
    Then "left" tells that its pod was started, and nothing of other pods
    And "right" tells that its pod was started, and nothing of other pods

  Scenario: A deleted Cluster leaves nothing
    Given a Cluster of the suspended Computes "left" and "right"
    When the Cluster is deleted
    Then nothing of "left" is left
    And nothing of "right" is left
