@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami @shared.handshakes
Feature: Devices that HAMi shares, vendor by vendor
  What holds for the devices of one vendor holds for those of every vendor whose devices can be shared.
  A cluster has devices of several vendors, and a user must not need to know which of them HAMi treats specially.

  Background:
    Given simulated nodes whose devices HAMi shares
    And these nodes
      | node      | devices                 |
      | nvidia    | 1 NVIDIA device         |
      | cambricon | 1 Cambricon device      |
      | hygon     | 1 Hygon device          |
      | metax     | 1 MetaX device          |
      | sgpu      | 1 MetaX sGPU device     |
      | enflame   | 1 Enflame device        |
      | drs       | 1 Enflame DRS device    |
      | xpu       | 1 Kunlunxin device      |
      | vxpu      | 1 Kunlunxin vXPU device |
      | ascend    | 1 Ascend device         |
      | amd       | 1 AMD device            |
      | neuron    | 1 AWS Neuron device     |
      | iluvatar  | 1 Iluvatar device       |
      | mthreads  | 1 Moore Threads device  |
      | vastai    | 1 Vastai device         |
      | biren     | 1 Biren device          |

  Scenario: A pod gets a device of every vendor
    When these pods are created
      | pod       | requests                |
      | nvidia    | 1 NVIDIA device         |
      | cambricon | 1 Cambricon device      |
      | hygon     | 1 Hygon device          |
      | metax     | 1 MetaX device          |
      | sgpu      | 1 MetaX sGPU device     |
      | enflame   | 1 Enflame device        |
      | drs       | 1 Enflame DRS device    |
      | xpu       | 1 Kunlunxin device      |
      | vxpu      | 1 Kunlunxin vXPU device |
      | ascend    | 1 Ascend device         |
      | amd       | 1 AMD device            |
      | neuron    | 1 AWS Neuron device     |
      | iluvatar  | 1 Iluvatar device       |
      | mthreads  | 1 Moore Threads device  |
      | vastai    | 1 Vastai device         |
      | biren     | 1 Biren device          |
    Then these pods are Running
      | pod       | devices                 |
      | nvidia    | 1 NVIDIA device         |
      | cambricon | 1 Cambricon device      |
      | hygon     | 1 Hygon device          |
      | metax     | 1 MetaX device          |
      | sgpu      | 1 MetaX sGPU device     |
      | enflame   | 1 Enflame device        |
      | drs       | 1 Enflame DRS device    |
      | xpu       | 1 Kunlunxin device      |
      | vxpu      | 1 Kunlunxin vXPU device |
      | ascend    | 1 Ascend device         |
      | amd       | 1 AMD device            |
      | neuron    | 1 AWS Neuron device     |
      | iluvatar  | 1 Iluvatar device       |
      | mthreads  | 1 Moore Threads device  |
      | vastai    | 1 Vastai device         |
      | biren     | 1 Biren device          |

  Scenario: No vendor's device is shared by a pod that has the whole device
    Given these pods are Running
      | pod       | requests                |
      | nvidia    | 1 NVIDIA device         |
      | cambricon | 1 Cambricon device      |
      | hygon     | 1 Hygon device          |
      | metax     | 1 MetaX device          |
      | sgpu      | 1 MetaX sGPU device     |
      | enflame   | 1 Enflame device        |
      | drs       | 1 Enflame DRS device    |
      | xpu       | 1 Kunlunxin device      |
      | vxpu      | 1 Kunlunxin vXPU device |
      | ascend    | 1 Ascend device         |
      | amd       | 1 AMD device            |
      | neuron    | 1 AWS Neuron device     |
      | iluvatar  | 1 Iluvatar device       |
      | mthreads  | 1 Moore Threads device  |
      | vastai    | 1 Vastai device         |
      | biren     | 1 Biren device          |
    When these pods are created
      | pod         | requests                | annotation                   | value |
      | nvidia-2    | 1 NVIDIA device         |                              |       |
      | cambricon-2 | 1 Cambricon device      |                              |       |
      | hygon-2     | 1 Hygon device          |                              |       |
      | metax-2     | 1 MetaX device          |                              |       |
      | sgpu-2      | 1 MetaX sGPU device     |                              |       |
      | enflame-2   | 1 Enflame device        |                              |       |
      | drs-2       | 1 Enflame DRS device    |                              |       |
      | xpu-2       | 1 Kunlunxin device      |                              |       |
      | vxpu-2      | 1 Kunlunxin vXPU device |                              |       |
      | ascend-2    | 1 Ascend device         |                              |       |
      | amd-2       | 1 AMD device            |                              |       |
      | neuron-2    | 1 AWS Neuron device     |                              |       |
      | iluvatar-2  | 1 Iluvatar device       |                              |       |
      | mthreads-2  | 1 Moore Threads device  |                              |       |
      | vastai-2    | 1 Vastai device         | hami.io/gpu-scheduler-policy | mutex |
      | biren-2     | 1 Biren device          | hami.io/gpu-scheduler-policy | mutex |
    Then these pods stay Pending
      | pod         | reason                                |
      | nvidia-2    | CardInsufficientMemory                |
      | cambricon-2 | CardInsufficientMemory                |
      | hygon-2     | CardInsufficientMemory                |
      | metax-2     | CardTimeSlicingExhausted              |
      | sgpu-2      | CardInsufficientMemory                |
      | enflame-2   | ExclusiveDeviceAllocateConflict       |
      | drs-2       | CardInsufficientMemory                |
      | xpu-2       | NumaNotFit                            |
      | vxpu-2      | NumaNotFit                            |
      | ascend-2    | CardInsufficientMemory                |
      | amd-2       | CardInsufficientMemory                |
      | neuron-2    | CardInsufficientCore                  |
      | iluvatar-2  | CardInsufficientMemory                |
      | mthreads-2  | Insufficient mthreads.com/sgpu-memory |
      | vastai-2    | ExclusiveDeviceAllocateConflict       |
      | biren-2     | ExclusiveDeviceAllocateConflict       |

  Scenario: A pod gets the memory that it requests of every vendor's device
    When these pods are created
      | pod       | requests                               |
      | nvidia    | 1 NVIDIA device with 3000 MiB          |
      | cambricon | 1 Cambricon device with 3072 MiB       |
      | hygon     | 1 Hygon device with 3000 MiB           |
      | sgpu      | 1 MetaX sGPU device with 3072 MiB      |
      | drs       | 1 Enflame DRS device with 20480 MiB    |
      | vxpu      | 1 Kunlunxin vXPU device with 24576 MiB |
      | ascend    | 1 Ascend device with 8192 MiB          |
      | amd       | 1 AMD device with 3000 MiB             |
      | iluvatar  | 1 Iluvatar device with 3072 MiB        |
      | mthreads  | 1 Moore Threads device with 4096 MiB   |
    Then these pods are Running
      | pod       | devices                                |
      | nvidia    | 1 NVIDIA device with 3000 MiB          |
      | cambricon | 1 Cambricon device with 3072 MiB       |
      | hygon     | 1 Hygon device with 3000 MiB           |
      | sgpu      | 1 MetaX sGPU device with 3072 MiB      |
      | drs       | 1 Enflame DRS device with 20480 MiB    |
      | vxpu      | 1 Kunlunxin vXPU device with 24576 MiB |
      | ascend    | 1 Ascend device with 8192 MiB          |
      | amd       | 1 AMD device with 3000 MiB             |
      | iluvatar  | 1 Iluvatar device with 3072 MiB        |
      | mthreads  | 1 Moore Threads device with 4096 MiB   |

  Scenario: A pod gets the compute units that it requests of every vendor's device
    When these pods are created
      | pod       | requests                                                            |
      | nvidia    | 1 NVIDIA device with 1024 MiB and 40 % of its compute units         |
      | cambricon | 1 Cambricon device with 40 % of its compute units                   |
      | hygon     | 1 Hygon device with 40 % of its compute units                       |
      | sgpu      | 1 MetaX sGPU device with 40 % of its compute units                  |
      | drs       | 1 Enflame DRS device with 50 % of its compute units                 |
      | amd       | 1 AMD device with 50 % of its compute units                         |
      | neuron    | 1 AWS Neuron device with 50 % of its compute units                  |
      | iluvatar  | 1 Iluvatar device with 1024 MiB and 40 % of its compute units       |
      | mthreads  | 1 Moore Threads device with 16384 MiB and 50 % of its compute units |
    Then these pods are Running
      | pod       | devices                                               |
      | nvidia    | 1 NVIDIA device with 40 % of its compute units        |
      | cambricon | 1 Cambricon device with 40 % of its compute units     |
      | hygon     | 1 Hygon device with 40 % of its compute units         |
      | sgpu      | 1 MetaX sGPU device with 40 % of its compute units    |
      | drs       | 1 Enflame DRS device with 50 % of its compute units   |
      | amd       | 1 AMD device with 50 % of its compute units           |
      | neuron    | 1 AWS Neuron device with 50 % of its compute units    |
      | iluvatar  | 1 Iluvatar device with 40 % of its compute units      |
      | mthreads  | 1 Moore Threads device with 50 % of its compute units |

  Scenario: Two pods share a device of every vendor whose devices can be shared
    When these pods are created
      | pod       | copies | requests                                                         |
      | nvidia    | 2      | 1 NVIDIA device with 20480 MiB                                   |
      | cambricon | 2      | 1 Cambricon device with 12288 MiB and 40 % of its compute units  |
      | hygon     | 2      | 1 Hygon device with 32768 MiB and 40 % of its compute units      |
      | sgpu      | 2      | 1 MetaX sGPU device with 32768 MiB and 40 % of its compute units |
      | drs       | 2      | 1 Enflame DRS device with 20480 MiB                              |
      | vxpu      | 2      | 1 Kunlunxin vXPU device with 49152 MiB                           |
      | ascend    | 2      | 1 Ascend device with 16384 MiB                                   |
      | amd       | 2      | 1 AMD device with 98304 MiB and 40 % of its compute units        |
      | neuron    | 2      | 1 AWS Neuron device with 50 % of its compute units               |
      | iluvatar  | 2      | 1 Iluvatar device with 16384 MiB                                 |
      | mthreads  | 2      | 1 Moore Threads device with 16384 MiB                            |
      | vastai    | 2      | 1 Vastai device                                                  |
      | biren     | 2      | 1 Biren device                                                   |
    Then these pods are Running
      | pod         | devices                                   |
      | nvidia-1    | NVIDIA device 0 of node "nvidia"          |
      | nvidia-2    | NVIDIA device 0 of node "nvidia"          |
      | cambricon-1 | Cambricon device 0 of node "cambricon"    |
      | cambricon-2 | Cambricon device 0 of node "cambricon"    |
      | hygon-1     | Hygon device 0 of node "hygon"            |
      | hygon-2     | Hygon device 0 of node "hygon"            |
      | sgpu-1      | MetaX sGPU device 0 of node "sgpu"        |
      | sgpu-2      | MetaX sGPU device 0 of node "sgpu"        |
      | drs-1       | Enflame DRS device 0 of node "drs"        |
      | drs-2       | Enflame DRS device 0 of node "drs"        |
      | vxpu-1      | Kunlunxin vXPU device 0 of node "vxpu"    |
      | vxpu-2      | Kunlunxin vXPU device 0 of node "vxpu"    |
      | ascend-1    | Ascend device 0 of node "ascend"          |
      | ascend-2    | Ascend device 0 of node "ascend"          |
      | amd-1       | AMD device 0 of node "amd"                |
      | amd-2       | AMD device 0 of node "amd"                |
      | neuron-1    | AWS Neuron device 0 of node "neuron"      |
      | neuron-2    | AWS Neuron device 0 of node "neuron"      |
      | iluvatar-1  | Iluvatar device 0 of node "iluvatar"      |
      | iluvatar-2  | Iluvatar device 0 of node "iluvatar"      |
      | mthreads-1  | Moore Threads device 0 of node "mthreads" |
      | mthreads-2  | Moore Threads device 0 of node "mthreads" |
      | vastai-1    | Vastai device 0 of node "vastai"          |
      | vastai-2    | Vastai device 0 of node "vastai"          |
      | biren-1     | Biren device 0 of node "biren"            |
      | biren-2     | Biren device 0 of node "biren"            |

  Scenario: A pod that requests more of a vendor's device than is free stays Pending
    Given these pods are Running
      | pod       | copies | requests                                                         |
      | nvidia    | 2      | 1 NVIDIA device with 20480 MiB                                   |
      | cambricon | 2      | 1 Cambricon device with 12288 MiB and 40 % of its compute units  |
      | hygon     | 2      | 1 Hygon device with 32768 MiB and 40 % of its compute units      |
      | sgpu      | 2      | 1 MetaX sGPU device with 32768 MiB and 40 % of its compute units |
      | drs       | 2      | 1 Enflame DRS device with 20480 MiB                              |
      | vxpu      | 2      | 1 Kunlunxin vXPU device with 49152 MiB                           |
      | ascend    | 2      | 1 Ascend device with 16384 MiB                                   |
      | amd       | 2      | 1 AMD device with 98304 MiB and 40 % of its compute units        |
      | neuron    | 2      | 1 AWS Neuron device with 50 % of its compute units               |
      | iluvatar  | 2      | 1 Iluvatar device with 16384 MiB                                 |
      | mthreads  | 2      | 1 Moore Threads device with 16384 MiB                            |
      | vastai    | 4      | 1 Vastai device                                                  |
      | biren     | 4      | 1 Biren device                                                   |
    When these pods are created
      | pod            | requests                                                         |
      | nvidia-last    | 1 NVIDIA device with 20480 MiB                                   |
      | cambricon-last | 1 Cambricon device with 12288 MiB and 40 % of its compute units  |
      | hygon-last     | 1 Hygon device with 32768 MiB and 40 % of its compute units      |
      | sgpu-last      | 1 MetaX sGPU device with 32768 MiB and 40 % of its compute units |
      | drs-last       | 1 Enflame DRS device with 20480 MiB                              |
      | vxpu-last      | 1 Kunlunxin vXPU device with 49152 MiB                           |
      | ascend-last    | 1 Ascend device with 16384 MiB                                   |
      | amd-last       | 1 AMD device with 98304 MiB and 40 % of its compute units        |
      | neuron-last    | 1 AWS Neuron device with 50 % of its compute units               |
      | iluvatar-last  | 1 Iluvatar device with 16384 MiB                                 |
      | mthreads-last  | 1 Moore Threads device with 32768 MiB                            |
      | vastai-last    | 1 Vastai device                                                  |
      | biren-last     | 1 Biren device                                                   |
    Then these pods stay Pending
      | pod            | reason                                      |
      | nvidia-last    | CardInsufficientMemory                      |
      | cambricon-last | Insufficient cambricon.com/mlu.smlu.vmemory |
      | hygon-last     | CardInsufficientMemory                      |
      | sgpu-last      | CardInsufficientMemory                      |
      | drs-last       | CardInsufficientMemory                      |
      | vxpu-last      | NumaNotFit                                  |
      | ascend-last    | CardInsufficientMemory                      |
      | amd-last       | CardInsufficientMemory                      |
      | neuron-last    | CardTimeSlicingExhausted                    |
      | iluvatar-last  | CardInsufficientMemory                      |
      | mthreads-last  | Insufficient mthreads.com/sgpu-memory       |
      | vastai-last    | CardTimeSlicingExhausted                    |
      | biren-last     | CardTimeSlicingExhausted                    |

  Scenario: The device of a deleted pod is free for a pod that waits, whatever the vendor
    Given these pods are Running
      | pod       | requests                |
      | nvidia    | 1 NVIDIA device         |
      | cambricon | 1 Cambricon device      |
      | hygon     | 1 Hygon device          |
      | metax     | 1 MetaX device          |
      | sgpu      | 1 MetaX sGPU device     |
      | enflame   | 1 Enflame device        |
      | drs       | 1 Enflame DRS device    |
      | xpu       | 1 Kunlunxin device      |
      | vxpu      | 1 Kunlunxin vXPU device |
      | ascend    | 1 Ascend device         |
      | amd       | 1 AMD device            |
      | neuron    | 1 AWS Neuron device     |
      | iluvatar  | 1 Iluvatar device       |
      | mthreads  | 1 Moore Threads device  |
      | vastai    | 1 Vastai device         |
      | biren     | 1 Biren device          |
    When these pods are created
      | pod         | requests                | annotation                   | value |
      | nvidia-2    | 1 NVIDIA device         |                              |       |
      | cambricon-2 | 1 Cambricon device      |                              |       |
      | hygon-2     | 1 Hygon device          |                              |       |
      | metax-2     | 1 MetaX device          |                              |       |
      | sgpu-2      | 1 MetaX sGPU device     |                              |       |
      | enflame-2   | 1 Enflame device        |                              |       |
      | drs-2       | 1 Enflame DRS device    |                              |       |
      | xpu-2       | 1 Kunlunxin device      |                              |       |
      | vxpu-2      | 1 Kunlunxin vXPU device |                              |       |
      | ascend-2    | 1 Ascend device         |                              |       |
      | amd-2       | 1 AMD device            |                              |       |
      | neuron-2    | 1 AWS Neuron device     |                              |       |
      | iluvatar-2  | 1 Iluvatar device       |                              |       |
      | mthreads-2  | 1 Moore Threads device  |                              |       |
      | vastai-2    | 1 Vastai device         | hami.io/gpu-scheduler-policy | mutex |
      | biren-2     | 1 Biren device          | hami.io/gpu-scheduler-policy | mutex |
    Then these pods stay Pending
      | pod         | reason                                |
      | nvidia-2    | CardInsufficientMemory                |
      | cambricon-2 | CardInsufficientMemory                |
      | hygon-2     | CardInsufficientMemory                |
      | metax-2     | CardTimeSlicingExhausted              |
      | sgpu-2      | CardInsufficientMemory                |
      | enflame-2   | ExclusiveDeviceAllocateConflict       |
      | drs-2       | CardInsufficientMemory                |
      | xpu-2       | NumaNotFit                            |
      | vxpu-2      | NumaNotFit                            |
      | ascend-2    | CardInsufficientMemory                |
      | amd-2       | CardInsufficientMemory                |
      | neuron-2    | CardInsufficientCore                  |
      | iluvatar-2  | CardInsufficientMemory                |
      | mthreads-2  | Insufficient mthreads.com/sgpu-memory |
      | vastai-2    | ExclusiveDeviceAllocateConflict       |
      | biren-2     | ExclusiveDeviceAllocateConflict       |
    When these pods are deleted
      | pod       |
      | nvidia    |
      | cambricon |
      | hygon     |
      | metax     |
      | sgpu      |
      | enflame   |
      | drs       |
      | xpu       |
      | vxpu      |
      | ascend    |
      | amd       |
      | neuron    |
      | iluvatar  |
      | mthreads  |
      | vastai    |
      | biren     |
    Then these pods are Running
      | pod         | devices                 |
      | nvidia-2    | 1 NVIDIA device         |
      | cambricon-2 | 1 Cambricon device      |
      | hygon-2     | 1 Hygon device          |
      | metax-2     | 1 MetaX device          |
      | sgpu-2      | 1 MetaX sGPU device     |
      | enflame-2   | 1 Enflame device        |
      | drs-2       | 1 Enflame DRS device    |
      | xpu-2       | 1 Kunlunxin device      |
      | vxpu-2      | 1 Kunlunxin vXPU device |
      | ascend-2    | 1 Ascend device         |
      | amd-2       | 1 AMD device            |
      | neuron-2    | 1 AWS Neuron device     |
      | iluvatar-2  | 1 Iluvatar device       |
      | mthreads-2  | 1 Moore Threads device  |
      | vastai-2    | 1 Vastai device         |
      | biren-2     | 1 Biren device          |

  Scenario: A pod gets the device that it names, whatever the vendor
    Given these nodes
      | node          | devices                  |
      | nvidia-two    | 2 NVIDIA devices         |
      | cambricon-two | 2 Cambricon devices      |
      | hygon-two     | 2 Hygon devices          |
      | sgpu-two      | 2 MetaX sGPU devices     |
      | drs-two       | 2 Enflame DRS devices    |
      | xpu-two       | 2 Kunlunxin devices      |
      | vxpu-two      | 2 Kunlunxin vXPU devices |
      | ascend-two    | 2 Ascend devices         |
      | amd-two       | 2 AMD devices            |
      | neuron-two    | 2 AWS Neuron devices     |
      | iluvatar-two  | 2 Iluvatar devices       |
      | mthreads-two  | 2 Moore Threads devices  |
      | vastai-two    | 2 Vastai devices         |
      | biren-two     | 2 Biren devices          |
    When these pods are created
      | pod       | requests                | annotation                     | value                                         |
      | nvidia    | 1 NVIDIA device         | nvidia.com/use-gpuuuid         | NVIDIA device 1 of node "nvidia-two"          |
      | cambricon | 1 Cambricon device      | cambricon.com/use-gpuuuid      | Cambricon device 1 of node "cambricon-two"    |
      | hygon     | 1 Hygon device          | hygon.com/use-gpuuuid          | Hygon device 1 of node "hygon-two"            |
      | sgpu      | 1 MetaX sGPU device     | metax-tech.com/use-gpuuuid     | MetaX sGPU device 1 of node "sgpu-two"        |
      | drs       | 1 Enflame DRS device    | enflame.com/use-gpuuuid        | Enflame DRS device 1 of node "drs-two"        |
      | xpu       | 1 Kunlunxin device      | hami.io/use-xpu-uuid           | Kunlunxin device 1 of node "xpu-two"          |
      | vxpu      | 1 Kunlunxin vXPU device | baidu.com/use-gpuuuid          | Kunlunxin vXPU device 1 of node "vxpu-two"    |
      | ascend    | 1 Ascend device         | hami.io/use-Ascend910B4-uuid   | Ascend device 1 of node "ascend-two"          |
      | amd       | 1 AMD device            | amd.com/use-gpu-uuid           | AMD device 1 of node "amd-two"                |
      | neuron    | 1 AWS Neuron device     | aws.amazon.com/use-neuron-uuid | AWS Neuron device 1 of node "neuron-two"      |
      | iluvatar  | 1 Iluvatar device       | hami.io/use-MR-V100-uuid       | Iluvatar device 1 of node "iluvatar-two"      |
      | mthreads  | 1 Moore Threads device  | mthreads.ai/use-gpuuuid        | Moore Threads device 1 of node "mthreads-two" |
      | vastai    | 1 Vastai device         | vastaitech.com/use-gpuuuid     | Vastai device 1 of node "vastai-two"          |
      | biren     | 1 Biren device          | birentech.com/use-gpuuuid      | Biren device 1 of node "biren-two"            |
    Then these pods are Running
      | pod       | devices                                       |
      | nvidia    | NVIDIA device 1 of node "nvidia-two"          |
      | cambricon | Cambricon device 1 of node "cambricon-two"    |
      | hygon     | Hygon device 1 of node "hygon-two"            |
      | sgpu      | MetaX sGPU device 1 of node "sgpu-two"        |
      | drs       | Enflame DRS device 1 of node "drs-two"        |
      | xpu       | Kunlunxin device 1 of node "xpu-two"          |
      | vxpu      | Kunlunxin vXPU device 1 of node "vxpu-two"    |
      | ascend    | Ascend device 1 of node "ascend-two"          |
      | amd       | AMD device 1 of node "amd-two"                |
      | neuron    | AWS Neuron device 1 of node "neuron-two"      |
      | iluvatar  | Iluvatar device 1 of node "iluvatar-two"      |
      | mthreads  | Moore Threads device 1 of node "mthreads-two" |
      | vastai    | Vastai device 1 of node "vastai-two"          |
      | biren     | Biren device 1 of node "biren-two"            |

  Scenario: A pod gets no device that it rejects, whatever the vendor
    When these pods are created
      | pod       | requests                | annotation                       | value                                     |
      | nvidia    | 1 NVIDIA device         | nvidia.com/nouse-gpuuuid         | NVIDIA device 0 of node "nvidia"          |
      | cambricon | 1 Cambricon device      | cambricon.com/nouse-gpuuuid      | Cambricon device 0 of node "cambricon"    |
      | hygon     | 1 Hygon device          | hygon.com/nouse-gpuuuid          | Hygon device 0 of node "hygon"            |
      | sgpu      | 1 MetaX sGPU device     | metax-tech.com/nouse-gpuuuid     | MetaX sGPU device 0 of node "sgpu"        |
      | drs       | 1 Enflame DRS device    | enflame.com/nouse-gpuuuid        | Enflame DRS device 0 of node "drs"        |
      | xpu       | 1 Kunlunxin device      | hami.io/no-use-xpu-uuid          | Kunlunxin device 0 of node "xpu"          |
      | vxpu      | 1 Kunlunxin vXPU device | hami.io/no-use-xpu-uuid          | Kunlunxin vXPU device 0 of node "vxpu"    |
      | ascend    | 1 Ascend device         | hami.io/no-use-Ascend910B4-uuid  | Ascend device 0 of node "ascend"          |
      | amd       | 1 AMD device            | amd.com/nouse-gpu-uuid           | AMD device 0 of node "amd"                |
      | neuron    | 1 AWS Neuron device     | aws.amazon.com/nouse-neuron-uuid | AWS Neuron device 0 of node "neuron"      |
      | iluvatar  | 1 Iluvatar device       | hami.io/no-use-MR-V100-uuid      | Iluvatar device 0 of node "iluvatar"      |
      | mthreads  | 1 Moore Threads device  | mthreads.ai/nouse-gpuuuid        | Moore Threads device 0 of node "mthreads" |
      | vastai    | 1 Vastai device         | vastaitech.com/nouse-gpuuuid     | Vastai device 0 of node "vastai"          |
      | biren     | 1 Biren device          | birentech.com/nouse-gpuuuid      | Biren device 0 of node "biren"            |
    Then these pods stay Pending
      | pod       | reason           |
      | nvidia    | CardUuidMismatch |
      | cambricon | CardUuidMismatch |
      | hygon     | CardUuidMismatch |
      | sgpu      | CardUuidMismatch |
      | drs       | CardUuidMismatch |
      | xpu       | CardUuidMismatch |
      | vxpu      | CardUuidMismatch |
      | ascend    | CardUuidMismatch |
      | amd       | CardUuidMismatch |
      | neuron    | CardUuidMismatch |
      | iluvatar  | CardUuidMismatch |
      | mthreads  | CardUuidMismatch |
      | vastai    | CardUuidMismatch |
      | biren     | CardUuidMismatch |

  Scenario: The API refuses a pod that exceeds a quota of any vendor's devices
    Given these pods are Running
      | pod    | requests            |
      | before | 1 AWS Neuron device |
    And a ResourceQuota of shared devices for the namespace
      | resource                              | amount |
      | limits.nvidia.com/gpumem              | 10000  |
      | limits.cambricon.com/mlu.smlu.vmemory | 20     |
      | limits.hygon.com/dcumem               | 10000  |
      | limits.metax-tech.com/vmemory         | 10     |
      | limits.enflame.com/gcu-memory         | 10     |
      | limits.kunlunxin.com/vxpu-memory      | 30000  |
      | limits.huawei.com/Ascend910B4-memory  | 10000  |
      | limits.amd.com/gpumem                 | 10000  |
      | limits.aws.amazon.com/neuroncore      | 1      |
      | limits.iluvatar.ai/MR-V100.vMem       | 20     |
      | limits.mthreads.com/sgpu-memory       | 10     |
    When these pods are created
      | pod       | requests                               |
      | nvidia    | 1 NVIDIA device with 12000 MiB         |
      | cambricon | 1 Cambricon device with 6144 MiB       |
      | hygon     | 1 Hygon device with 12000 MiB          |
      | sgpu      | 1 MetaX sGPU device with 12288 MiB     |
      | drs       | 1 Enflame DRS device with 20480 MiB    |
      | vxpu      | 1 Kunlunxin vXPU device with 49152 MiB |
      | ascend    | 1 Ascend device with 16384 MiB         |
      | amd       | 1 AMD device with 12000 MiB            |
      | neuron    | 1 AWS Neuron device                    |
      | iluvatar  | 1 Iluvatar device with 6144 MiB        |
      | mthreads  | 1 Moore Threads device with 8192 MiB   |
    Then the API refuses these pods
      | pod       | message                  |
      | nvidia    | exceeding resource quota |
      | cambricon | exceeding resource quota |
      | hygon     | exceeding resource quota |
      | sgpu      | exceeding resource quota |
      | drs       | exceeding resource quota |
      | vxpu      | exceeding resource quota |
      | ascend    | exceeding resource quota |
      | amd       | exceeding resource quota |
      | neuron    | exceeding resource quota |
      | iluvatar  | exceeding resource quota |
      | mthreads  | exceeding resource quota |

  Scenario: A container has several devices of a vendor
    Given these nodes
      | node           | devices                  |
      | nvidia-many    | 2 NVIDIA devices         |
      | cambricon-many | 2 Cambricon devices      |
      | hygon-many     | 2 Hygon devices          |
      | metax-many     | 2 MetaX devices          |
      | sgpu-many      | 2 MetaX sGPU devices     |
      | enflame-many   | 2 Enflame devices        |
      | xpu-many       | 2 Kunlunxin devices      |
      | vxpu-many      | 2 Kunlunxin vXPU devices |
      | ascend-many    | 2 Ascend devices         |
      | amd-many       | 2 AMD devices            |
      | neuron-many    | 4 AWS Neuron devices     |
      | iluvatar-many  | 2 Iluvatar devices       |
      | mthreads-many  | 2 Moore Threads devices  |
      | vastai-many    | 2 Vastai devices         |
      | biren-many     | 2 Biren devices          |
    When these pods are created
      | pod       | requests                 |
      | nvidia    | 2 NVIDIA devices         |
      | cambricon | 2 Cambricon devices      |
      | hygon     | 2 Hygon devices          |
      | metax     | 2 MetaX devices          |
      | sgpu      | 2 MetaX sGPU devices     |
      | enflame   | 2 Enflame devices        |
      | xpu       | 2 Kunlunxin devices      |
      | vxpu      | 2 Kunlunxin vXPU devices |
      | ascend    | 2 Ascend devices         |
      | amd       | 2 AMD devices            |
      | neuron    | 4 AWS Neuron devices     |
      | iluvatar  | 2 Iluvatar devices       |
      | mthreads  | 2 Moore Threads devices  |
      | vastai    | 2 Vastai devices         |
      | biren     | 2 Biren devices          |
    Then these pods are Running
      | pod       | devices                                 |
      | nvidia    | 2 NVIDIA devices                        |
      | cambricon | 2 Cambricon devices with 24576 MiB each |
      | hygon     | 2 Hygon devices                         |
      | metax     | 2 MetaX devices                         |
      | sgpu      | 2 MetaX sGPU devices                    |
      | enflame   | 2 Enflame devices                       |
      | xpu       | 2 Kunlunxin devices                     |
      | vxpu      | 2 Kunlunxin vXPU devices                |
      | ascend    | 2 Ascend devices                        |
      | amd       | 2 AMD devices                           |
      | neuron    | 4 AWS Neuron devices                    |
      | iluvatar  | 2 Iluvatar devices                      |
      | mthreads  | 2 Moore Threads devices                 |
      | vastai    | 2 Vastai devices                        |
      | biren     | 2 Biren devices                         |

  Scenario: A pod has devices of two vendors
    Given these nodes
      | node   | devices                                      |
      | both-1 | 1 NVIDIA device and 1 Cambricon device       |
      | both-2 | 1 Hygon device and 1 MetaX device            |
      | both-3 | 1 MetaX sGPU device and 1 Enflame device     |
      | both-4 | 1 Enflame DRS device and 1 Kunlunxin device  |
      | both-5 | 1 Kunlunxin vXPU device and 1 Ascend device  |
      | both-6 | 1 AMD device and 1 AWS Neuron device         |
      | both-7 | 1 Iluvatar device and 1 Moore Threads device |
      | both-8 | 1 Vastai device and 1 Biren device           |
    When these pods are created
      | pod    | requests                                     |
      | pair-1 | 1 NVIDIA device and 1 Cambricon device       |
      | pair-2 | 1 Hygon device and 1 MetaX device            |
      | pair-3 | 1 MetaX sGPU device and 1 Enflame device     |
      | pair-4 | 1 Enflame DRS device and 1 Kunlunxin device  |
      | pair-5 | 1 Kunlunxin vXPU device and 1 Ascend device  |
      | pair-6 | 1 AMD device and 1 AWS Neuron device         |
      | pair-7 | 1 Iluvatar device and 1 Moore Threads device |
      | pair-8 | 1 Vastai device and 1 Biren device           |
    Then these pods are Running
      | pod    | devices                                      |
      | pair-1 | 1 NVIDIA device and 1 Cambricon device       |
      | pair-2 | 1 Hygon device and 1 MetaX device            |
      | pair-3 | 1 MetaX sGPU device and 1 Enflame device     |
      | pair-4 | 1 Enflame DRS device and 1 Kunlunxin device  |
      | pair-5 | 1 Kunlunxin vXPU device and 1 Ascend device  |
      | pair-6 | 1 AMD device and 1 AWS Neuron device         |
      | pair-7 | 1 Iluvatar device and 1 Moore Threads device |
      | pair-8 | 1 Vastai device and 1 Biren device           |
