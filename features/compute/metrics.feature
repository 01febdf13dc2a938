@compute @use.with_skytorch=yes @use.with_gateway=yes @needs.cpu.0.5 @use.with_own_namespaces=yes @shared.skytorch
Feature: The metrics of a Compute
  A server measures how busy the devices of its Compute are, and a program can follow these metrics.
  They show whether a model uses the GPU that its owner pays for.

  Scenario: A program gets the metrics of a GPU
    Given a Python program
    And the program follows the metrics of its Computes
    And a ready Compute "trainer"
      | setting   | value           |
      | container | simulates a GPU |
    Then the program gets these metrics of Compute "trainer", again and again
      | metric                  | value      | unit    |
      | gpu.utilization.compute | 40         | percent |
      | gpu.utilization.memory  | 25         | percent |
      | gpu.memory.used         | 3221225472 | bytes   |
      | gpu.power.usage         | 120        | watts   |
