@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami @shared.handshakes
Feature: Rules of single vendors
  Some vendors divide their devices in their own way: into sizes of their own, among neighbours, or for one pod alone.
  HAMi follows the rules of the vendor, because its device plugin could not start a pod that breaks them.

  Background:
    Given simulated nodes whose devices HAMi shares

  Scenario Outline: A pod that requests <amount> of <resource> gets <memory> MiB
    Given a node "one" with 1 <vendor> device
    When pod "part" is created with
      | setting             | value    |
      | resource <device>   | <count>  |
      | resource <resource> | <amount> |
    Then pod "part" has 1 <vendor> device with <memory> MiB

    Examples:
      | vendor         | device                 | count | resource                      | amount | memory |
      | MetaX sGPU     | metax-tech.com/sgpu    | 1     | metax-tech.com/vmemory        | 2      | 2048   |
      | Kunlunxin vXPU | kunlunxin.com/vxpu     | 1     | kunlunxin.com/vxpu-memory     | 20000  | 24576  |
      | Ascend         | huawei.com/Ascend910B4 | 1     | huawei.com/Ascend910B4-memory | 8000   | 8192   |
      | Enflame DRS    | enflame.com/drs-gcu    |       | enflame.com/gcu-memory        | 10     | 20480  |

  Scenario Outline: The API refuses a pod that requests <amount> of <resource>
    When pod "wrong" is created with
      | setting             | value    |
      | resource <device>   | <count>  |
      | resource <resource> | <amount> |
    Then the API refuses pod "wrong": "denied the request"

    Examples:
      | device                 | count | resource                      | amount |
      | mthreads.com/vgpu      | 1     | mthreads.com/sgpu-memory      | 3      |
      | huawei.com/Ascend910B4 | 1     | huawei.com/Ascend910B4-memory | 40000  |
      | huawei.com/Ascend910B4 | 1     | huawei.com/Ascend910B4-core   | 50     |
      | amd.com/gpu            | 1     | amd.com/gpucores              | 101    |
      | enflame.com/drs-gcu    |       | enflame.com/gcu-core          | 101    |
      | aws.amazon.com/neuron  |       | aws.amazon.com/neuroncore     | 3      |

  Scenario Outline: A pod that requests only memory of a <vendor> device shares it with no other pod
    Given a node "one" with 1 <vendor> device
    And a running pod "first" that requests 1 <vendor> device with 1024 MiB
    When pod "second" is created, requesting 1 <vendor> device with 1024 MiB
    Then pod "second" stays Pending with reason "no available node"

    Examples:
      | vendor     |
      | Hygon      |
      | MetaX sGPU |
      | AMD        |

  Scenario: A pod within a quota in the units of its vendor runs
    Given a node "one" with 1 Cambricon device
    And a ResourceQuota of shared devices for the namespace
      | resource                              | amount |
      | limits.cambricon.com/mlu.smlu.vmemory | 20     |
    When pod "modest" is created, requesting 1 Cambricon device with 3072 MiB
    Then pod "modest" is Running

  Scenario Outline: A pod that requests 3 <vendor> devices stays Pending
    Given a node "one" with 4 <vendor> devices
    When pod "odd" is created, requesting 3 <vendor> devices
    Then pod "odd" stays Pending with reason "no available node"

    Examples:
      | vendor         |
      | Kunlunxin      |
      | Kunlunxin vXPU |
      | AWS Neuron     |

  Scenario: Shares of different sizes are not on one Kunlunxin vXPU device
    Given a node "one" with 1 Kunlunxin vXPU device
    And a running pod "small" that requests 1 Kunlunxin vXPU device with 24576 MiB
    When pod "large" is created, requesting 1 Kunlunxin vXPU device with 49152 MiB
    Then pod "large" stays Pending with reason "NumaNotFit"

  Scenario: A pod whose containers need different MetaX devices stays Pending
    Given a node "one" with 2 MetaX devices
    When pod "pair" is created with these containers
      | container | requests       |
      | first     | 1 MetaX device |
      | second    | 1 MetaX device |
    Then pod "pair" stays Pending with reason "CardNotFoundCustomFilterRule"

  Scenario: Each container of a pod takes a share of the device
    Given a node "one" with 1 Vastai device
    When pod "pair" is created with these containers
      | container | requests        |
      | first     | 1 Vastai device |
      | second    | 1 Vastai device |
    Then pod "pair" is Running
    When pod "other" is created with these containers
      | container | requests        |
      | first     | 1 Vastai device |
      | second    | 1 Vastai device |
    Then pod "other" is Running
    When pod "last" is created, requesting 1 Vastai device
    Then pod "last" stays Pending with reason "CardTimeSlicingExhausted"

  Scenario Outline: A pod with <annotation> "<value>" does not join a pod without it on a MetaX sGPU device
    Given a node "one" with 1 MetaX sGPU device
    And a running pod "first" that requests 1 MetaX sGPU device with 1024 MiB and 20 % of its compute units
    When pod "second" is created with
      | setting                         | value   |
      | resource metax-tech.com/sgpu    | 1       |
      | resource metax-tech.com/vmemory | 1       |
      | resource metax-tech.com/vcore   | 20      |
      | annotation <annotation>         | <value> |
    Then pod "second" stays Pending with reason "<reason>"

    Examples:
      | annotation                     | value       | reason                |
      | metax-tech.com/sgpu-qos-policy | fixed-share | CardQosPolicyMismatch |
      | metax-tech.com/sgpu-app-class  | online      | CardAppClassMismatch  |

  Scenario: A pod records what the device plugin of its vendor reads
    Given a node "one" with 1 Cambricon device and 1 Moore Threads device
    And a node "two" with 1 Enflame DRS device and 1 AWS Neuron device
    When these pods are created
      | pod       | requests                                                        |
      | cambricon | 1 Cambricon device with 12288 MiB and 40 % of its compute units |
      | mthreads  | 1 Moore Threads device with 16384 MiB                           |
      | drs       | 1 Enflame DRS device with 20480 MiB                             |
      | neuron    | 1 AWS Neuron device                                             |
    Then the annotations of pod "cambricon" include
      | annotation               | value   |
      | CAMBRICON_DSMLU_ASSIGNED | false   |
      | CAMBRICON_DSMLU_PROFILE  | 0_40_48 |
    And the annotations of pod "mthreads" include
      | annotation             | value |
      | mthreads.com/gpu-index | 0     |
    And the annotations of pod "drs" include
      | annotation                   | value |
      | enflame.com/gcu-assigned     | false |
      | enflame.com/gcu-request-size | 3     |
    And the annotations of pod "neuron" include
      | annotation       | value |
      | AWS_NEURON_IDS   | 0     |
      | NEURON_ALLOCATED | false |
