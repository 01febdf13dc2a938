@devices @use.with_simulated_devices=yes @shared.devices
Feature: Limits on the devices of a namespace
  A ResourceQuota limits the devices of all pods of a namespace; a LimitRange limits those of each container.
  Without them one team could take every device of a cluster.

  @exclusive.kunlunxin
  Scenario: The API refuses a pod that exceeds the quota of its namespace
    Given a ResourceQuota for the namespace
      | resource                   | amount |
      | requests.kunlunxin.com/xpu | 1      |
    And a node "one" with 4 Kunlunxin devices
    And a running pod "first" that requests 1 Kunlunxin device
    When pod "second" is created, requesting 1 Kunlunxin device
    Then the API refuses pod "second": "is forbidden: exceeded quota"

  @exclusive.iluvatar
  Scenario: A container that requests no devices gets the default of its namespace
    Given a node "one" with 2 Iluvatar devices
    And a LimitRange for the containers of the namespace
      | limit   | resource                 | amount |
      | default | iluvatar.ai/MR-V100-vgpu | 1      |
    When pod "trainer" is created, requesting no devices
    Then pod "trainer" has 1 Iluvatar device

  Scenario: The API refuses a container with more devices than its namespace allows
    Given a LimitRange for the containers of the namespace
      | limit | resource       | amount |
      | max   | nvidia.com/gpu | 1      |
    When pod "greedy" is created, requesting 2 NVIDIA devices
    Then the API refuses pod "greedy": "is forbidden: maximum nvidia.com/gpu usage per Container is 1"
