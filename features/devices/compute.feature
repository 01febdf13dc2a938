@devices @use.with_simulated_devices=yes @use.with_skytorch=yes @shared.devices @shared.skytorch
Feature: Computes with devices
  A Compute requests devices as any pod does, and its server gets them, here from a scheduler that shares none.
  Tensors are computed on these devices, so a Compute without its devices must say which ones are missing.

  @exclusive.biren @needs.cpu.0.1
  Scenario: A Compute gets the device that it requests
    Given a node "one" with 2 Biren devices
    And a Compute "trainer"
      | setting                    | value                  |
      | container                  | prints its environment |
      | resource birentech.com/gpu | 1                      |
      | label hami.io/webhook      | ignore                 |
    Then the container of Compute "trainer" has 1 Biren device
    And StatefulSet "trainer" has
      | fact                        | value |
      | requested birentech.com/gpu | 1     |
      | limit of birentech.com/gpu  | 1     |

  @exclusive.vastai
  Scenario: A wait for a Compute fails with the device resource that every node lacks
    Given a node "one" with 1 Vastai device
    And a Compute "trainer"
      | setting                    | value  |
      | resource vastaitech.com/va | 2      |
      | label hami.io/webhook      | ignore |
    When somebody waits until Compute "trainer" is Ready
      | limit          | value    |
      | room on a node | a moment |
    Then the wait ends before its time limit
    And the error of the wait contains
      | text                                 |
      | fits on no node                      |
      | not enough vastaitech.com/va is free |
