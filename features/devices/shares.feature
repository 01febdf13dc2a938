@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Shares of a device
  Several pods share a device: each gets the memory and the compute units that it asks for, and no more than there is.

  Background:
    Given a simulated node "one" with 1 "NVIDIA" devices

  @smoke
  Scenario: Two pods share a device, and a third does not fit
    Given 2 copies of a pod "user" that run, having asked for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 20000  |
    When a pod "third" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 20000  |
    Then "third" stays pending because "CardInsufficientMemory"
    And "user-1" and "user-2" share one device

  Scenario: Who says nothing of memory gets all of it
    When a pod "alone" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "alone" gets 40960 MiB of 1 "NVIDIA" device

  Scenario Outline: A pod gets the share of memory that it asks for: <share>
    When a pod "part" asks for
      | resource       | amount   |
      | nvidia.com/gpu | 1        |
      | <resource>     | <amount> |
    Then "part" gets <memory> MiB of 1 "NVIDIA" device

    Examples:
      | share       | resource                     | amount | memory |
      | 3000 MiB    | nvidia.com/gpumem            | 3000   | 3000   |
      | a quarter   | nvidia.com/gpumem-percentage | 25     | 10240  |
      | one percent | nvidia.com/gpumem-percentage | 1      | 409    |
      | all of it   | nvidia.com/gpumem-percentage | 100    | 40960  |

  Scenario: A pod gets the compute units that it asks for
    When a pod "part" asks for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 3000   |
      | nvidia.com/gpucores | 30     |
    Then "part" gets 30 percent of the compute units of 1 "NVIDIA" device

  Scenario: A pod that wants more memory than a device has does not fit
    When a pod "large" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 40961  |
    Then "large" stays pending because "CardInsufficientMemory"

  Scenario: A pod that wants more compute units than are left does not fit
    Given a pod "first" that runs, having asked for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 3000   |
      | nvidia.com/gpucores | 60     |
    When a pod "second" asks for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/gpumem   | 3000   |
      | nvidia.com/gpucores | 60     |
    Then "second" stays pending because "CardInsufficientCore"

  Scenario: No more pods share a device than it is split for
    Given 10 copies of a pod "small" that run, having asked for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 100    |
    When a pod "last" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 100    |
    Then "last" stays pending because "CardTimeSlicingExhausted"

  Scenario Outline: The share of a pod that <ends> is free for others
    Given a pod "first" that runs, having asked for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 30000  |
    When a pod "second" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 30000  |
    Then "second" stays pending because "CardInsufficientMemory"
    When "first" <ends>
    Then "second" runs

    Examples:
      | ends             |
      | is taken away    |
      | is ended         |
