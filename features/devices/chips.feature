@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami @shared.handshakes
Feature: Chips of Ascend and Iluvatar
  Each chip of these vendors has resources of its own, and each Ascend chip has parts of its own sizes.
  A pod that gets less memory than it requests fails at run time, and one that gets a whole chip keeps others waiting.

  Background:
    Given simulated nodes whose devices HAMi shares
    And these nodes
      | node | devices                |
      | a    | 1 Ascend910A device    |
      | b2   | 1 Ascend910B2 device   |
      | b3   | 1 Ascend910B3 device   |
      | b4-1 | 1 Ascend910B4-1 device |
      | c    | 4 Ascend910C devices   |
      | p    | 1 Ascend310P device    |
      | v50  | 1 MR-V50 device        |
      | v150 | 1 BI-V150 device       |
      | v100 | 1 BI-V100 device       |

  Scenario: A pod gets the smallest part of its chip that has the memory it requests
    When these pods are created
      | pod  | requests                               |
      | a    | 1 Ascend910A device with 2185 MiB      |
      | b2   | 1 Ascend910B2 device with 8193 MiB     |
      | b3   | 1 Ascend910B3 device with 100 MiB      |
      | b4-1 | 1 Ascend910B4-1 device with 16385 MiB  |
      | p    | 1 Ascend310P device with 12288 MiB     |
      | v50  | 1 MR-V50 device with 3072 MiB          |
      | v150 | 1 BI-V150 device with 3072 MiB         |
      | v100 | 1 BI-V100 device with 3072 MiB         |
    Then these pods are Running
      | pod  | devices                                |
      | a    | 1 Ascend910A device with 4369 MiB      |
      | b2   | 1 Ascend910B2 device with 16384 MiB    |
      | b3   | 1 Ascend910B3 device with 16384 MiB    |
      | b4-1 | 1 Ascend910B4-1 device with 32768 MiB  |
      | p    | 1 Ascend310P device with 12288 MiB     |
      | v50  | 1 MR-V50 device with 3072 MiB          |
      | v150 | 1 BI-V150 device with 3072 MiB         |
      | v100 | 1 BI-V100 device with 3072 MiB         |

  Scenario: A pod that requests more than the largest part gets the whole memory of its chip
    When these pods are created
      | pod  | requests                               |
      | a    | 1 Ascend910A device with 17477 MiB     |
      | b2   | 1 Ascend910B2 device with 32769 MiB    |
      | b3   | 1 Ascend910B3 device with 32769 MiB    |
      | b4-1 | 1 Ascend910B4-1 device with 32769 MiB  |
      | p    | 1 Ascend310P device with 12289 MiB     |
    Then these pods are Running
      | pod  | devices                                |
      | a    | 1 Ascend910A device with 32768 MiB     |
      | b2   | 1 Ascend910B2 device with 65536 MiB    |
      | b3   | 1 Ascend910B3 device with 65536 MiB    |
      | b4-1 | 1 Ascend910B4-1 device with 65536 MiB  |
      | p    | 1 Ascend310P device with 21527 MiB     |

  Scenario: A device of a chip whose name begins alike serves pods of the shorter name as well
    When pod "short" is created, requesting 1 Ascend device with 8192 MiB
    Then pod "short" is Running on node "b4-1"

  Scenario: A pod that requests one device of a chip with two in each module gets a module
    When pod "one" is created, requesting 1 Ascend910C device
    Then pod "one" has 2 Ascend910C devices

  Scenario: The API refuses a pod that requests an odd number of devices of such a chip
    When pod "odd" is created, requesting 3 Ascend910C devices
    Then the API refuses pod "odd": "must be 1 or 2*n"

  Scenario: A pod gets no devices of different modules
    When Ascend910C device 1 of node "c" breaks
    And Ascend910C device 2 of node "c" breaks
    And pod "wide" is created, requesting 2 Ascend910C devices
    Then pod "wide" stays Pending with reason "no available node"
