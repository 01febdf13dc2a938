@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Quotas of shares
  A ResourceQuota limits how much memory of devices the pods of a namespace have together.
  Kubernetes itself counts devices only, so HAMi has to honour quotas of their memory.

  Background:
    Given simulated nodes whose devices HAMi shares
    And a node "one" with 4 NVIDIA devices
    And a ResourceQuota for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 10000  |
    And a running pod "first" that requests 1 NVIDIA device with 8000 MiB

  Scenario: A pod that exceeds the quota of device memory does not run
    When pod "second" is created, requesting 1 NVIDIA device with 8000 MiB
    Then the quota keeps pod "second" from running

  Scenario: A pod within the quota of device memory runs
    When pod "second" is created, requesting 1 NVIDIA device with 2000 MiB
    Then pod "second" is Running
