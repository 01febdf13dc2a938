@cluster @use.with_skytorch=yes @needs.cpu.1
Feature: Computes of a Cluster at work
  The Computes of a Cluster work at the same time, and one does not disturb the other.

  Background:
    Given a managed Cluster of "left" and "right"

  @smoke @use.with_skytorch_0_2=yes
  Scenario: Two Computes work side by side
    When "left" and "right" each run a function that ends only when it has met the other's
    Then the functions have met
    When two matrices of 64 by 64 are multiplied on "left" and on "right" at the same time
    Then each product equals the one computed here

  @use.with_skytorch_0_2=yes
  Scenario: A failure on one Compute is told, and the other works on
    When "right" fails with "out of ideas" while two matrices of 8 by 8 are multiplied on "left"
    Then a program is told "Remote execution failed: out of ideas"
    And the product equals the one computed here

  Scenario: A nested structure of tensors and modules goes to any Compute and comes back
    When a nested structure of tensors and modules is moved to "left" and back, and to "right" and back
    Then all of it was on the device of each
    And all of it is the same as before, bit for bit
