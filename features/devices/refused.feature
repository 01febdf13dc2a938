@devices @use.with_simulated_devices=yes
Feature: Numbers of devices that make no sense
  Devices are whole: the API says what is wrong with any other number; what no node has is waited for.

  Scenario Outline: <what> is refused
    When a pod "odd" says of a resource
      | resource       | limit   | request   |
      | nvidia.com/gpu | <limit> | <request> |
    Then the API refuses it with "<message>"

    Examples:
      | what                            | limit | request | message                                                            |
      | A negative number               | -1    |         | must be greater than or equal to 0                                 |
      | A part of a device              | 0.5   |         | must be an integer                                                 |
      | A request that is not the limit | 2     | 1       | must be equal to nvidia.com/gpu limit                              |
      | A request without a limit       |       | 1       | Limit must be set for non overcommitable resources                 |

  @shared.devices @exclusive.mthreads
  Scenario: No device is a number as well
    Given a node with 1 Moore Threads device
    When a pod "modest" asks for 0 Moore Threads devices
    Then the pod "modest" sees no device

  Scenario: A resource that nobody offers is waited for
    When a pod "hopeful" says of a resource
      | resource            | limit | request |
      | example.com/unknown | 1     |         |
    Then the pod "hopeful" waits, for there is too little "example.com/unknown"
