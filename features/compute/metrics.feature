@compute @use.with_skytorch=yes @use.with_gateway=yes @needs.cpu.0.5
Feature: The metrics of a Compute
  A program can follow how busy the devices of its Compute are.

  Scenario: A program is told the metrics of a GPU
    Given a ready Compute named "trainer" with a simulated GPU, whose metrics a program follows
    Then the program is told these metrics, again and again
      | metric                  | value      | unit    |
      | gpu.utilization.compute | 40         | percent |
      | gpu.utilization.memory  | 25         | percent |
      | gpu.memory.used         | 3221225472 | bytes   |
      | gpu.power.usage         | 120        | watts   |
