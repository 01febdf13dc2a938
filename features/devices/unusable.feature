@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami @shared.handshakes
Feature: Devices that HAMi does not use
  HAMi gives no pod a device that is broken or cordoned, or that is on a node whose device plugins do not report.
  A pod on such a device would fail after it started, where waiting for another device would have helped.

  Background:
    Given simulated nodes whose devices HAMi shares

  Scenario: HAMi gives no pod a broken device until it works again
    Given a node "one" with 2 NVIDIA devices
    And a running pod "first" that requests 2 NVIDIA devices with 1000 MiB each
    When NVIDIA device 0 of node "one" breaks
    And pod "wide" is created, requesting 2 NVIDIA devices with 1000 MiB each
    Then pod "wide" stays Pending with reason "CardNotHealth"
    And pod "first" is still Running, without a restart
    When NVIDIA device 0 of node "one" works again
    Then pod "wide" is Running

  Scenario: HAMi gives no pod a cordoned device
    Given a node "one" with 2 NVIDIA devices
    And a running pod "first" that requests 2 NVIDIA devices with 1000 MiB each
    When NVIDIA device 0 of node "one" is cordoned
    And pod "wide" is created, requesting 2 NVIDIA devices with 1000 MiB each
    Then pod "wide" stays Pending with reason "CardCordoned"
    And pod "first" is still Running, without a restart

  @hami.flaw.late-cordon
  Scenario: HAMi gives no pod a device from the moment it is cordoned
    Given a node "one" with 1 NVIDIA device
    And a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    And the device plugins of node "one" do not respond
    When NVIDIA device 0 of node "one" is cordoned
    And pod "user" is created, requesting 1 NVIDIA device with 1000 MiB
    Then pod "user" stays Pending with reason "CardCordoned"

  @hami.flaw.vanished-registration
  Scenario: HAMi gives no pod the devices of a node whose annotations no longer list them
    Given a node "one" with 1 NVIDIA device
    And a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    And the annotations of node "one" list no devices
    When pod "user" is created, requesting 1 NVIDIA device with 1000 MiB
    Then pod "user" stays Pending with reason "no available node"

  @hami.flaw.expired-devices-return
  Scenario: A node whose handshake has expired gets no pods once kubelet offers none of its devices
    Given a node "one" with 1 Hygon device
    And a running pod "first" that requests 1 Hygon device with 1000 MiB and 10 % of its compute units
    And the device plugins of node "one" do not respond
    And the handshake of node "one" has expired
    And kubelet offers no devices of node "one"
    When pod "user" is created, requesting 1 Hygon device with 1000 MiB and 10 % of its compute units
    Then pod "user" stays Pending with reason "no available node"

  @hami.flaw.expired-devices-return
  Scenario: A node gets no pods once kubelet offers none of its devices
    Given a node "one" with 1 NVIDIA device
    And a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    And the device plugins of node "one" do not respond
    And kubelet offers no devices of node "one"
    When pod "user" is created, requesting 1 NVIDIA device with 1000 MiB
    Then pod "user" stays Pending with reason "no available node"

  Scenario: A node whose handshake has expired gets pods while kubelet offers its devices
    Given a node "one" with 1 Hygon device
    And a running pod "first" that requests 1 Hygon device with 1000 MiB and 10 % of its compute units
    And the handshake of node "one" has expired
    When pod "user" is created, requesting 1 Hygon device with 1000 MiB and 10 % of its compute units
    Then pod "user" is Running

  Scenario: A node without its device plugin gets no pods
    Given a node "one" with 1 NVIDIA device
    And a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    When the NVIDIA plugin of node "one" is removed
    And pod "user" is created, requesting 1 NVIDIA device with 1000 MiB
    Then pod "user" stays Pending with reason "no available node"

  Scenario: HAMi gives no pod the devices of a deleted node
    Given a node "large" with 2 NVIDIA devices
    And a node "small" with 1 NVIDIA device
    And a running pod "first" that requests 2 NVIDIA devices with 1000 MiB each
    When node "large" is deleted
    And pod "wide" is created, requesting 2 NVIDIA devices with 1000 MiB each
    Then pod "wide" stays Pending with reason "no available node"
