@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: What pods may ask of HAMi
  HAMi takes over the pods that ask for its devices, completes what they leave out, and refuses what cannot be.

  Scenario: A pod that asks for a device is HAMi's to place
    When a pod "user" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "user" is left to the scheduler "hami-scheduler"

  Scenario: A pod that asks for no device is left alone
    When a pod "plain" asks for
      | resource | amount |
      | cpu      | 10m    |
    Then "plain" is left to the scheduler "default-scheduler"

  Scenario: A pod that names another scheduler is left to it
    When a pod "other" for the scheduler "somebody-else" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "other" is left to the scheduler "somebody-else"

  Scenario: A pod that opts out is left alone
    When a pod "out" with the label "hami.io/webhook" of "ignore" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "out" is left to the scheduler "default-scheduler"

  Scenario Outline: Who asks for <what> alone asks for one device
    When a pod "part" asks for
      | resource   | amount |
      | <resource> | 50     |
    Then "part" asks for 1 of "nvidia.com/gpu"
    And "part" is left to the scheduler "hami-scheduler"

    Examples:
      | what               | resource                     |
      | memory             | nvidia.com/gpumem            |
      | a percentage of it | nvidia.com/gpumem-percentage |
      | compute units      | nvidia.com/gpucores          |

  Scenario Outline: A percentage of <percentage> is refused
    When a pod "wrong" tries to get
      | resource                     | amount       |
      | nvidia.com/gpu               | 1            |
      | nvidia.com/gpumem-percentage | <percentage> |
    Then the pod is refused because of "nvidia.com/gpumem-percentage"

    Examples:
      | percentage |
      | 101        |
      | 1000       |

  Scenario: Each container of a pod gets its own share
    Given a simulated node "one" with 2 "NVIDIA" devices
    When a pod "pair" asks for these, container by container
      | nvidia.com/gpu | nvidia.com/gpumem |
      | 1              | 3000              |
      | 1              | 1000              |
    Then container 1 of "pair" gets 3000 MiB of 1 "NVIDIA" device
    And container 2 of "pair" gets 1000 MiB of 1 "NVIDIA" device

  Scenario: An init container gets a share as well
    Given a simulated node "one" with 1 "NVIDIA" devices
    When a pod "prepared" asks for these, container by container
      | kind           | nvidia.com/gpu | nvidia.com/gpumem |
      | init container | 1              | 3000              |
      | container      | 1              | 1000              |
    Then container 1 of "prepared" gets 3000 MiB of 1 "NVIDIA" device
    And container 2 of "prepared" gets 1000 MiB of 1 "NVIDIA" device

  Scenario: A pod's priority among those that share its device is passed to its container
    When a pod "user" asks for
      | resource            | amount |
      | nvidia.com/gpu      | 1      |
      | nvidia.com/priority | 1      |
    Then "user" passes "1" to its container in "CUDA_TASK_PRIORITY"

  Scenario: A pod may have shares of several devices
    Given a simulated node "one" with 4 "NVIDIA" devices
    When a pod "wide" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 3      |
      | nvidia.com/gpumem | 3000   |
    Then "wide" gets 3000 MiB of 3 "NVIDIA" devices

  Scenario: A pod that asks for more devices than a node has stays pending
    Given a simulated node "one" with 2 "NVIDIA" devices
    When a pod "wide" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 3      |
      | nvidia.com/gpumem | 3000   |
    Then "wide" stays pending because "no available node"
