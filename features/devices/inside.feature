@devices @use.with_hami=yes @use.with_simulated_devices=yes @shared.hami @shared.devices
Feature: What a container sees of its share
  A container is told which devices it has a share of, and how much of each it may use.

  @exclusive.nvidia
  Scenario: Variables and tool tell a container the limits of its share
    Given a node with 2 NVIDIA devices that are shared
    When a pod "user" asks HAMi for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 3000   |
      | nvidia.com/gpucores | 30     |
    Then the pod "user" may use 3000 MiB and 30 percent of 1 NVIDIA device

  @exclusive.nvidia
  Scenario: Two containers on one device are told their own limits
    Given a node with 1 NVIDIA devices that are shared
    When a pod "large" asks HAMi for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 30000  |
      | nvidia.com/gpucores | 60     |
    And a pod "small" asks HAMi for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 3000   |
      | nvidia.com/gpucores | 20     |
    Then the pod "large" may use 30000 MiB and 60 percent of 1 NVIDIA device
    And the pod "small" may use 3000 MiB and 20 percent of 1 NVIDIA device
