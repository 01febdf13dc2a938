@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Shares of a device
  Several pods share a device: each gets the memory and the compute units that it requests.
  Small programs would waste whole devices, and pods that got more than there is would fail at run time.

  Background:
    Given simulated nodes whose devices HAMi shares
    And a node "one" with 1 NVIDIA device

  @smoke
  Scenario: Two pods share a device, and a third does not fit
    Given 2 running pods "user" that each request 1 NVIDIA device with 20000 MiB
    When pod "third" is created, requesting 1 NVIDIA device with 20000 MiB
    Then pod "third" stays Pending with reason "CardInsufficientMemory"
    And pods "user-1" and "user-2" have the same device

  Scenario: A pod that requests no device memory gets a whole device's memory
    When pod "alone" is created, requesting 1 NVIDIA device
    Then pod "alone" has 1 NVIDIA device with 40960 MiB

  Scenario Outline: A pod that requests <share> of a device gets <memory> MiB
    When pod "part" is created with
      | setting                 | value    |
      | resource nvidia.com/gpu | 1        |
      | resource <resource>     | <amount> |
    Then pod "part" has 1 NVIDIA device with <memory> MiB

    Examples:
      | share    | resource                     | amount | memory |
      | 3000 MiB | nvidia.com/gpumem            | 3000   | 3000   |
      | 25 %     | nvidia.com/gpumem-percentage | 25     | 10240  |
      | 1 %      | nvidia.com/gpumem-percentage | 1      | 409    |
      | 100 %    | nvidia.com/gpumem-percentage | 100    | 40960  |
      | 0 %      | nvidia.com/gpumem-percentage | 0      | 40960  |

  Scenario: A pod gets the compute units that it requests
    When pod "part" is created, requesting 1 NVIDIA device with 3000 MiB and 30 % of its compute units
    Then pod "part" has 1 NVIDIA device with 30 % of its compute units

  Scenario: A pod that requests more memory than a device has stays Pending
    When pod "large" is created, requesting 1 NVIDIA device with 40961 MiB
    Then pod "large" stays Pending with reason "CardInsufficientMemory"

  Scenario: A pod that requests more compute units than are free stays Pending
    Given a running pod "first" that requests 1 NVIDIA device with 3000 MiB and 60 % of its compute units
    When pod "second" is created, requesting 1 NVIDIA device with 3000 MiB and 60 % of its compute units
    Then pod "second" stays Pending with reason "CardInsufficientCore"

  Scenario: A pod that requests all compute units gets no device that another pod uses
    Given a running pod "first" that requests 1 NVIDIA device with 3000 MiB
    When pod "second" is created, requesting 1 NVIDIA device with 3000 MiB and 100 % of its compute units
    Then pod "second" stays Pending with reason "ExclusiveDeviceAllocateConflict"

  Scenario: A pod that requests no compute units gets no device whose compute units are all in use
    Given a running pod "first" that requests 1 NVIDIA device with 3000 MiB and 100 % of its compute units
    When pod "second" is created, requesting 1 NVIDIA device with 3000 MiB
    Then pod "second" stays Pending with reason "CardComputeUnitsExhausted"

  Scenario: A device is split into 10 shares at most
    Given 10 running pods "small" that each request 1 NVIDIA device with 100 MiB
    When pod "last" is created, requesting 1 NVIDIA device with 100 MiB
    Then pod "last" stays Pending with reason "CardTimeSlicingExhausted"

  Scenario Outline: The share of a pod that <ends> is free for other pods
    Given a running pod "first" that requests 1 NVIDIA device with 30000 MiB
    When pod "second" is created, requesting 1 NVIDIA device with 30000 MiB
    Then pod "second" stays Pending with reason "CardInsufficientMemory"
    When pod "first" <ends>
    Then pod "second" is Running

    Examples:
      | ends       |
      | is deleted |
      | completes  |
