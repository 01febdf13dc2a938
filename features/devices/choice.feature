@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Pods that choose their devices
  Annotations of a pod name the models or the devices that it accepts or rejects.
  Without them a pod that needs a certain model could run on another one, slowly or not at all.

  Background:
    Given simulated nodes whose devices HAMi shares
    And these nodes
      | node | devices          | model                       |
      | old  | 2 NVIDIA devices | NVIDIA-Tesla V100-PCIE-32GB |
      | new  | 2 NVIDIA devices | NVIDIA-A100-PCIE-40GB       |

  Scenario Outline: A pod with <annotation> "<models>" gets a device of the node "<node>"
    When pod "chooser" is created with
      | setting                 | value    |
      | resource nvidia.com/gpu | 1        |
      | annotation <annotation> | <models> |
    Then pod "chooser" is Running on node "<node>"

    Examples:
      | annotation               | models    | node |
      | nvidia.com/use-gputype   | V100      | old  |
      | nvidia.com/use-gputype   | v100      | old  |
      | nvidia.com/use-gputype   | H100,A100 | new  |
      | nvidia.com/nouse-gputype | V100      | new  |

  Scenario Outline: A pod with <annotation> "<models>" stays Pending
    When pod "chooser" is created with
      | setting                 | value    |
      | resource nvidia.com/gpu | 1        |
      | annotation <annotation> | <models> |
    Then pod "chooser" stays Pending with reason "CardTypeMismatch"

    Examples:
      | annotation               | models    |
      | nvidia.com/use-gputype   | H100      |
      | nvidia.com/nouse-gputype | V100,A100 |

  Scenario: A pod gets the device that it names
    When pod "chooser" is created with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 1 of node "new" |
    Then pod "chooser" has NVIDIA device 1 of node "new"

  Scenario: A pod that needs all devices that it names gets them
    When pod "chooser" is created with
      | setting                           | value                            |
      | resource nvidia.com/gpu           | 2                                |
      | annotation nvidia.com/use-gpuuuid | all NVIDIA devices of node "new" |
    Then pod "chooser" is Running on node "new"

  Scenario: A pod gets none of the devices that it rejects
    When pod "chooser" is created with
      | setting                             | value                            |
      | resource nvidia.com/gpu             | 1                                |
      | annotation nvidia.com/nouse-gpuuuid | all NVIDIA devices of node "new" |
    Then pod "chooser" is Running on node "old"

  Scenario: A pod waits for the device that it names while another pod has it
    Given a running pod "first" with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 0 of node "new" |
    When pod "second" is created with
      | setting                           | value                         |
      | resource nvidia.com/gpu           | 1                             |
      | annotation nvidia.com/use-gpuuuid | NVIDIA device 0 of node "new" |
    Then pod "first" has NVIDIA device 0 of node "new"
    And pod "second" stays Pending with reason "CardUuidMismatch"
    When pod "first" is deleted
    Then pod "second" is Running
