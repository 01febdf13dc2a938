@devices @use.with_simulated_devices=yes
Feature: Numbers of devices that a pod cannot request
  A pod requests whole devices, as many in its request as in its limit; the API refuses any other number.
  The message names the mistake, so that nobody searches for it on a node.

  Scenario Outline: The API refuses a pod with <what>
    When pod "odd" is created with
      | setting                 | value     |
      | resource nvidia.com/gpu | <limit>   |
      | request nvidia.com/gpu  | <request> |
    Then the API refuses pod "odd": "<message>"

    Examples:
      | what                            | limit | request | message                                            |
      | a negative number of devices    | -1    |         | must be greater than or equal to 0                 |
      | a fraction of a device          | 0.5   |         | must be an integer                                 |
      | a request that is not the limit | 2     | 1       | must be equal to nvidia.com/gpu limit              |
      | a request without a limit       |       | 1       | Limit must be set for non overcommitable resources |

  @shared.devices @exclusive.mthreads
  Scenario: A pod that requests 0 devices has none
    Given a node "one" with 1 Moore Threads device
    When pod "modest" is created, requesting 0 Moore Threads devices
    Then pod "modest" has no devices

  Scenario: A pod that requests an unknown resource stays Pending
    When pod "hopeful" is created with
      | setting                      | value |
      | resource example.com/unknown | 1     |
    Then pod "hopeful" stays Pending with reason "Insufficient example.com/unknown"
