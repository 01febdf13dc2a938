@devices @use.with_simulated_devices=yes
Feature: What a node offers
  A node that carries the label "gpu=on" runs the plugins of its vendors, which offer its devices; no other does.

  @shared.devices @exclusive.<vendor>
  Scenario Outline: Devices of <title> are offered, and its tool shows them
    Given a node with <title> devices
    When a pod "user" asks for 1 <title> device
    Then the pod "user" sees 1 <title> device, and the tools show just these

    Examples: Vendors of no other feature
      | title         | vendor       |
      | Ascend        | ascend       |
      | AWS Neuron    | neuron       |
      | MetaX sGPU    | metax-shared |
      | Moore Threads | mthreads     |

    @slow
    Examples: Vendors that other features are about as well
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
  Scenario: A node without the label offers nothing until it gets the label
    Given a node without the label of nodes with devices, and the plugin of NVIDIA
    Then the plugin of NVIDIA has no pods
    When the node is given the label of nodes with devices
    Then the node has 4 NVIDIA devices to give, of 4

  @shared.devices @exclusive.amd
  Scenario: A plugin that is removed leaves nothing behind
    Given a node with 2 AMD devices
    When the plugin of AMD is removed
    Then the node has 0 AMD devices to give, of 0
    And no annotation of the node tells of devices

  @exclusive.devices
  Scenario: A node that loses its label has no plugin any more, and nothing tells of devices
    Given a node with 2 NVIDIA devices that are shared
    Then annotations of the node tell of 2 NVIDIA devices
    When the label of nodes with devices is taken from the node
    Then the plugin of NVIDIA has no pods
    And the node has 0 NVIDIA devices to give, of 0
    And no annotation of the node tells of devices
