@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Pods as HAMi's webhook changes them
  HAMi's webhook gives pods that request devices to HAMi's scheduler, completes their requests and refuses wrong ones.
  Users request memory or compute units only; pods without devices must stay with the scheduler of their own.

  Background:
    Given simulated nodes whose devices HAMi shares

  Scenario: A pod that requests a device gets HAMi's scheduler
    When pod "user" is created, requesting 1 NVIDIA device
    Then pod "user" has these settings
      | setting   | value          |
      | scheduler | hami-scheduler |

  Scenario: A pod whose init container requests a device gets HAMi's scheduler
    When pod "prepared" is created with these containers
      | container | kind           | requests        |
      | prepare   | init container | 1 NVIDIA device |
      | main      | container      | no devices      |
    Then pod "prepared" has these settings
      | setting   | value          |
      | scheduler | hami-scheduler |

  Scenario: A pod that requests no device keeps its scheduler
    When pod "plain" is created with
      | setting      | value |
      | resource cpu | 10m   |
    Then pod "plain" has these settings
      | setting   | value             |
      | scheduler | default-scheduler |

  Scenario: A pod that names another scheduler keeps it
    When pod "other" is created with
      | setting                 | value         |
      | resource nvidia.com/gpu | 1             |
      | scheduler               | somebody-else |
    Then pod "other" has these settings
      | setting   | value         |
      | scheduler | somebody-else |

  Scenario: A pod that opts out of HAMi keeps its scheduler
    When pod "out" is created with
      | setting                 | value  |
      | resource nvidia.com/gpu | 1      |
      | label hami.io/webhook   | ignore |
    Then pod "out" has these settings
      | setting   | value             |
      | scheduler | default-scheduler |

  Scenario Outline: A pod that requests only <what> requests one device
    When pod "part" is created with
      | setting             | value |
      | resource <resource> | 50    |
    Then pod "part" has these settings
      | setting                 | value          |
      | resource nvidia.com/gpu | 1              |
      | scheduler               | hami-scheduler |

    Examples:
      | what                   | resource                     |
      | memory                 | nvidia.com/gpumem            |
      | a percentage of memory | nvidia.com/gpumem-percentage |
      | compute units          | nvidia.com/gpucores          |

  Scenario Outline: The API refuses a pod that requests <percentage> % of a device's memory
    When pod "wrong" is created with
      | setting                               | value        |
      | resource nvidia.com/gpu               | 1            |
      | resource nvidia.com/gpumem-percentage | <percentage> |
    Then the API refuses pod "wrong": "nvidia.com/gpumem-percentage"

    Examples:
      | percentage |
      | 101        |
      | 1000       |

  Scenario: A pod that requests no device memory requests all compute units
    When pod "whole" is created, requesting 1 NVIDIA device
    Then pod "whole" has these settings
      | setting                      | value |
      | resource nvidia.com/gpucores | 100   |

  Scenario: The API refuses a privileged container that requests a device
    When pod "bold" is created with
      | setting                 | value |
      | resource nvidia.com/gpu | 1     |
      | privileged              | yes   |
    Then the API refuses pod "bold": "container main is privileged"

  Scenario: The API refuses a pod that requests a device and names its node
    Given a node "one" with 1 NVIDIA device
    When pod "early" is created with
      | setting                 | value      |
      | resource nvidia.com/gpu | 1          |
      | node                    | node "one" |
    Then the API refuses pod "early": "pod has node assigned"

  Scenario: Each container of a pod gets a share of its own
    Given a node "one" with 2 NVIDIA devices
    When pod "pair" is created with these containers
      | container | requests                      |
      | first     | 1 NVIDIA device with 3000 MiB |
      | second    | 1 NVIDIA device with 1000 MiB |
    Then container "first" of pod "pair" has 1 NVIDIA device with 3000 MiB
    And container "second" of pod "pair" has 1 NVIDIA device with 1000 MiB

  Scenario: An init container leaves its share to the container after it
    Given a node "one" with 1 NVIDIA device
    When pod "prepared" is created with these containers
      | container | kind           | requests                       |
      | prepare   | init container | 1 NVIDIA device with 30000 MiB |
      | main      | container      | 1 NVIDIA device with 20000 MiB |
    Then container "prepare" of pod "prepared" has 1 NVIDIA device with 30000 MiB
    And container "main" of pod "prepared" has 1 NVIDIA device with 20000 MiB

  Scenario: A container reads the priority of its pod from a variable
    When pod "user" is created with
      | setting                      | value |
      | resource nvidia.com/gpu      | 1     |
      | resource nvidia.com/priority | 1     |
    Then pod "user" has these settings
      | setting                     | value |
      | variable CUDA_TASK_PRIORITY | 1     |

  Scenario: A pod has shares of several devices
    Given a node "one" with 4 NVIDIA devices
    When pod "wide" is created, requesting 3 NVIDIA devices with 3000 MiB each
    Then pod "wide" has 3 NVIDIA devices with 3000 MiB each

  Scenario: A pod that requests shares of more devices than a node has stays Pending
    Given a node "one" with 2 NVIDIA devices
    When pod "wide" is created, requesting 3 NVIDIA devices with 3000 MiB each
    Then pod "wide" stays Pending with reason "no available node"
