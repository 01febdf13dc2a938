@cluster @use.with_skytorch=yes @shared.skytorch
Feature: A Cluster without an "async with" block
  A Python program may also wait for a Cluster of Computes, follow its events and delete it with calls of its own.
  Programs that keep their Computes between runs need this.

  Background:
    Given a Python program

  @needs.cpu.0.5 @use.with_own_namespaces=yes
  Scenario: A Cluster is ready when the last of its Computes is ready
    Given a Compute "left" that only answers health checks
    And a Compute "right" that only answers health checks
    And a Cluster of Computes "left" and "right"
    And Compute "right" is suspended
    And Compute "right" has no pod
    And Compute "left" becomes Ready
    Then the program sees that the Cluster is not ready
    When Compute "right" is resumed
    And the program waits for the Cluster
    Then the program sees that the Cluster is ready

  @needs.cpu.0.5
  Scenario: Each Compute of a Cluster reports the events of its own pod
    Given the program follows the events of its Computes
    And a Compute "left" that only answers health checks
    And a Compute "right" that only answers health checks
    And a Cluster of Computes "left" and "right"
    Then the program gets these events of the pod of Compute "left", in this order
      | event   |
      | Started |
    And the program gets these events of the pod of Compute "right", in this order
      | event   |
      | Started |

  @use.with_own_namespaces=yes
  Scenario: A deleted Cluster leaves no objects
    Given a suspended Compute "left"
    And a suspended Compute "right"
    And a Cluster of Computes "left" and "right"
    When the program deletes the Cluster
    Then Compute "left" and all its objects are gone
    And Compute "right" and all its objects are gone
