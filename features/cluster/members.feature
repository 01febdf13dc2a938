@cluster @use.with_skytorch=yes
Feature: The Computes of a Cluster
  A Python program that uses several Computes together makes a Cluster of them. Each is still a Compute of its own.

  Scenario: A Cluster of no Computes is refused
    When a Cluster of no Computes is made
    Then a program is told "At least one Compute instance is required"

  Scenario: A Cluster keeps the order in which its Computes were given
    Given a Cluster of the suspended Computes "middle", "left" and "right"
    Then its Computes are "middle", "left" and "right", in this order

  Scenario: Each Compute of a Cluster has settings of its own
    Given a Cluster of suspended Computes with these settings:
      | name  | label        | variable        | cpu  | memory |
      | left  | role=teacher | THREADS=one     | 100m | 128Mi  |
      | right | role=student | THREADS=several | 200m | 256Mi  |
    Then each of them is prepared with its settings
