@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Choosing devices
  A pod says which models or which very devices it wants, or will not have.

  Background:
    Given these simulated nodes
      | node | vendor | devices | model                 |
      | old  | NVIDIA | 2       | Tesla-V100-PCIE-32GB  |
      | new  | NVIDIA | 2       | NVIDIA-A100-PCIE-40GB |

  Scenario Outline: A pod that says <annotation> of <models> gets a device of the <node> node
    When a pod "chooser" with the annotation "<annotation>" of "<models>" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "chooser" runs on "<node>"

    Examples:
      | annotation               | models    | node |
      | nvidia.com/use-gputype   | V100      | old  |
      | nvidia.com/use-gputype   | H100,A100 | new  |
      | nvidia.com/nouse-gputype | V100      | new  |

  Scenario Outline: A pod that says <annotation> of <models> stays pending
    When a pod "chooser" with the annotation "<annotation>" of "<models>" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "chooser" stays pending because "CardTypeMismatch"

    Examples:
      | annotation               | models    |
      | nvidia.com/use-gputype   | H100      |
      | nvidia.com/nouse-gputype | V100,A100 |

  Scenario: A pod gets the very device that it wants
    When a pod "chooser" that wants device 1 of "new" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "chooser" has device 1 of "new"

  Scenario: A pod gets none of the devices that it will not have
    When a pod "chooser" that wants none of the devices of "new" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "chooser" runs on "old"

  Scenario: A pod that wants a device that is taken waits for it
    When a pod "first" that wants device 0 of "new" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "first" has device 0 of "new"
    When a pod "second" that wants device 0 of "new" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "second" stays pending because "CardUuidMismatch"
    When "first" is taken away
    Then "second" runs
