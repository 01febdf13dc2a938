@cluster @use.with_skytorch=yes @shared.skytorch
Feature: The Computes of a Cluster
  A Python program that uses several Computes together makes a Cluster of them.
  Each Compute keeps its own settings, so that a Cluster can mix large and small servers.

  Background:
    Given a Python program

  Scenario: A Cluster needs at least one Compute
    When the program creates a Cluster without Computes
    Then the program gets the error "At least one Compute instance is required"

  Scenario: A Cluster keeps the order of its Computes
    Given a suspended Compute "middle"
    And a suspended Compute "left"
    And a suspended Compute "right"
    And a Cluster of Computes "middle", "left" and "right"
    Then the Cluster has Computes "middle", "left" and "right", in this order

  @use.with_own_namespaces=yes
  Scenario: Each Compute of a Cluster has its own settings
    Given a suspended Compute "left"
      | setting          | value   |
      | label role       | teacher |
      | variable THREADS | one     |
      | cpu              | 100m    |
      | memory           | 128Mi   |
    And a suspended Compute "right"
      | setting          | value   |
      | label role       | student |
      | variable THREADS | several |
      | cpu              | 200m    |
      | memory           | 256Mi   |
    And a Cluster of Computes "left" and "right"
    Then the labels of StatefulSet "left" include
      | label | value   |
      | role  | teacher |
    And StatefulSet "left" has
      | fact                   | value   |
      | label of its pods role | teacher |
      | variable THREADS       | one     |
      | requested cpu          | 100m    |
      | limit of cpu           | 100m    |
      | requested memory       | 128Mi   |
      | limit of memory        | 128Mi   |
    And the labels of StatefulSet "right" include
      | label | value   |
      | role  | student |
    And StatefulSet "right" has
      | fact                   | value   |
      | label of its pods role | student |
      | variable THREADS       | several |
      | requested cpu          | 200m    |
      | limit of cpu           | 200m    |
      | requested memory       | 256Mi   |
      | limit of memory        | 256Mi   |
