@devices @use.with_simulated_devices=yes @use.with_skytorch=yes @shared.devices
Feature: Computes with devices
  A Compute asks for devices as any pod does, and its server gets them: here of a scheduler that shares none.

  @exclusive.biren @needs.cpu.0.1
  Scenario: A Compute gets the device that it asks for
    Given a node with 2 Biren devices
    And a Compute object named "trainer" that tells what its container sees
      | setting                    | value  |
      | resource birentech.com/gpu | 1      |
      | label hami.io/webhook      | ignore |
    Then the container of "trainer" sees 1 device of Biren
    And the container of "trainer" may use
      | resource          | for sure | at most |
      | birentech.com/gpu | 1        | 1       |

  @exclusive.vastai
  Scenario: A Compute that no node has enough devices for tells so
    Given a node with 1 Vastai device
    And a Compute object named "trainer" with
      | setting                    | value  |
      | resource vastaitech.com/va | 2      |
      | label hami.io/webhook      | ignore |
    When "trainer" is waited for with little patience for crowded nodes
    Then the wait ends before its time is over
    And the failure tells that no node has so much vastaitech.com/va
