@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Quotas of shares
  A namespace gets no more of what devices have than its quota allows.

  Background:
    Given a simulated node "one" with 4 "NVIDIA" devices
    And a quota of 10000 MiB of "nvidia.com/gpumem" for the pods of the namespace
    And a pod "first" that runs, having asked for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 8000   |

  Scenario: A pod that would exceed the quota does not run, and its reason can be read
    When a pod "second" tries to get
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 8000   |
    Then "second" is refused, or stays pending, for want of quota

  Scenario: A pod that keeps to the quota runs
    When a pod "second" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 2000   |
    Then "second" runs
