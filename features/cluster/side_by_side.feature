@use.with_skytorch=yes @needs.cpu.1
Feature: A Cluster of Computes
  A Python program uses several Computes together as one Cluster.

  Background:
    Given a managed Cluster of "left" and "right"

  Scenario: Two Computes compute side by side
    When two matrices of 64 by 64 are multiplied on "left" and on "right" at the same time
    Then each product equals the one computed here

  Scenario: All Computes of a Cluster are gone after use
    When the use of the Cluster ends
    Then nothing of "left" is left
    And nothing of "right" is left
