@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Quotas of shares
  A ResourceQuota limits how much memory and how many compute units the pods of a namespace have together.
  Kubernetes itself counts devices only, so HAMi has to honour quotas of what pods have of them.

  Background:
    Given simulated nodes whose devices HAMi shares
    And a node "one" with 1 NVIDIA device

  Scenario Outline: The API refuses a pod that exceeds the quota of <what>
    Given a ResourceQuota of shared devices for the namespace
      | resource   | amount   |
      | <resource> | <amount> |
    And a running pod "first" that requests 1 NVIDIA device with 8000 MiB and 30 % of its compute units
    When pod "second" is created, requesting <requests>
    Then the API refuses pod "second": "exceeding resource quota"

    Examples:
      | what                              | resource                   | amount | requests                                                              |
      | device memory                     | limits.nvidia.com/gpumem   | 10000  | 1 NVIDIA device with 8000 MiB                                         |
      | device memory of several devices  | limits.nvidia.com/gpumem   | 15000  | 2 NVIDIA devices with 4000 MiB each                                   |
      | compute units                     | limits.nvidia.com/gpucores | 50     | 1 NVIDIA device with 1000 MiB and 30 % of its compute units           |
      | compute units of several devices  | limits.nvidia.com/gpucores | 60     | 2 NVIDIA devices with 1000 MiB each and 20 % of their compute units   |

  Scenario: The API refuses every request for memory under a quota of 0
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 0      |
    When pod "small" is created, requesting 1 NVIDIA device with 1 MiB
    Then the API refuses pod "small": "exceeding resource quota"

  Scenario: A pod within the quota of device memory runs
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 10000  |
    And a running pod "first" that requests 1 NVIDIA device with 8000 MiB
    When pod "second" is created, requesting 1 NVIDIA device with 2000 MiB
    Then pod "second" is Running

  Scenario: A pod that requests a whole device stays Pending if its memory exceeds the quota
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 10000  |
    When pod "whole" is created, requesting 1 NVIDIA device
    Then pod "whole" stays Pending with reason "ResourceQuotaNotFit"

  Scenario: An init container and the container after it use a quota once
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 10000  |
    When pod "prepared" is created with these containers
      | container | kind           | requests                      |
      | prepare   | init container | 1 NVIDIA device with 8000 MiB |
      | main      | container      | 1 NVIDIA device with 8000 MiB |
    Then pod "prepared" is Running

  @hami.flaw.init-container-bypasses-quota
  Scenario: The containers after an init container without devices use a quota together
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 20000  |
    When pod "prepared" is created with these containers
      | container | kind           | requests                                |
      | prepare   | init container | no devices                              |
      | first     | container      | 1 NVIDIA device with 40 % of its memory |
      | second    | container      | 1 NVIDIA device with 40 % of its memory |
    Then pod "prepared" stays Pending with reason "ResourceQuotaNotFit"
