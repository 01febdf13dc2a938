@devices @use.with_simulated_devices=yes
Feature: Devices that a node offers
  A node with the label "gpu=on" runs the device plugins of its vendors, which offer its devices to pods.
  Without a plugin no pod gets a device; a removed plugin that leaves its records behind misleads schedulers.

  @shared.devices @exclusive.<vendor>
  Scenario Outline: A pod gets a device of <title>
    Given a node "one" with 2 <title> devices
    When pod "user" is created, requesting 1 <title> device
    Then pod "user" has 1 <title> device

    Examples: Vendors of no other feature
      | title         | vendor       |
      | Ascend        | ascend       |
      | AWS Neuron    | neuron       |
      | MetaX sGPU    | metax-shared |
      | Moore Threads | mthreads     |

    @slow
    Examples: Vendors of other features as well
      | title     | vendor    |
      | NVIDIA    | nvidia    |
      | AMD       | amd       |
      | Biren     | biren     |
      | Cambricon | cambricon |
      | Enflame   | enflame   |
      | Hygon     | hygon     |
      | Iluvatar  | iluvatar  |
      | Kunlunxin | kunlunxin |
      | MetaX     | metax     |
      | Vastai    | vastai    |

  @exclusive.devices
  Scenario: A node offers its devices only once it has the label
    Given a node "one" with 4 NVIDIA devices
      | label | value |
      | gpu   |       |
    Then the NVIDIA plugin does not run on node "one"
    When the labels of node "one" are changed
      | label | value |
      | gpu   | on    |
    Then node "one" offers 4 of 4 NVIDIA devices

  @exclusive.devices
  Scenario: A removed device plugin leaves nothing on the node
    Given a node "one" with 2 AMD devices
    When the AMD plugin of node "one" is removed
    Then node "one" offers 0 of 0 AMD devices
    And the annotations of node "one" list no devices

  @exclusive.devices
  Scenario: A node that loses the label offers no devices and lists none
    Given nodes whose devices HAMi shares
    And a node "one" with 2 NVIDIA devices
    Then the annotations of node "one" list 2 NVIDIA devices
    When the labels of node "one" are changed
      | label | value |
      | gpu   |       |
    Then the NVIDIA plugin does not run on node "one"
    And node "one" offers 0 of 0 NVIDIA devices
    And the annotations of node "one" list no devices
