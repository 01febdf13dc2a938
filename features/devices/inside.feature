@devices @use.with_hami=yes @use.with_simulated_devices=yes @shared.hami @shared.devices
Feature: Shares of a device as containers see them
  The variables of a container and the vendor's tool show how much memory and compute of a device it may use.
  Programs size their batches by this, so a container must see its own share and not the whole device.

  Background:
    Given nodes whose devices HAMi shares

  @exclusive.nvidia
  Scenario: A container sees the limits of its share
    Given a node "one" with 2 NVIDIA devices
    When pod "user" is created, requesting 1 NVIDIA device with 3000 MiB and 30 % of its compute units
    Then pod "user" has 1 NVIDIA device with 3000 MiB and 30 % of its compute units

  @exclusive.nvidia
  Scenario: Two containers on one device see limits of their own
    Given a node "one" with 1 NVIDIA device
    When pod "large" is created, requesting 1 NVIDIA device with 30000 MiB and 60 % of its compute units
    And pod "small" is created, requesting 1 NVIDIA device with 3000 MiB and 20 % of its compute units
    Then pod "large" has 1 NVIDIA device with 30000 MiB and 60 % of its compute units
    And pod "small" has 1 NVIDIA device with 3000 MiB and 20 % of its compute units
    And pods "large" and "small" have the same device
