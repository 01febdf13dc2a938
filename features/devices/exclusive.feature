@devices @use.with_simulated_devices=yes @shared.devices
Feature: Devices that belong to one pod alone
  A container that asks for devices gets so many, and no other container gets them while it has them.

  @exclusive.nvidia @smoke
  Scenario: A pod sees the devices that it asked for, and no others
    Given a node with 4 NVIDIA devices
    And a pod "trainer" with 2 NVIDIA devices
    Then "trainer" sees 2 NVIDIA devices, and its tool shows them
