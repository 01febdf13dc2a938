@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Binding of pods to nodes by HAMi
  HAMi records on a pod which node and devices it chose, and locks the node while it binds the pod.
  Device plugins and administrators read from these records and events who got which device, and why a pod waits.

  Background:
    Given simulated nodes whose devices HAMi shares
    And a node "one" with 1 NVIDIA device

  Scenario: A pod records the node and the devices that HAMi chose for it
    When pod "user" is created, requesting 1 NVIDIA device with 3000 MiB
    Then pod "user" is Running on node "one"
    And pod "user" has these settings
      | setting                       | value       |
      | annotation hami.io/bind-phase | success     |
      | annotation hami.io/vgpu-node  | node "one"  |
      | label hami.io/vgpu-node       | node "one"  |
      | annotation hami.io/vgpu-time  | a Unix time |
      | annotation hami.io/bind-time  | a Unix time |
      | devices to allocate           | 0           |
    And pod "user" has 1 NVIDIA device with 3000 MiB
    And node "one" is not locked

  Scenario: The events of a pod say that HAMi found a node and bound the pod
    When pod "user" is created, requesting 1 NVIDIA device
    Then the events of pod "user" include
      | reason           |
      | FilteringSucceed |
      | BindingSucceed   |

  Scenario: The events of a pod say that no node fits
    When pod "large" is created, requesting 1 NVIDIA device with 99999 MiB
    Then the events of pod "large" include
      | reason          |
      | FilteringFailed |
    And pod "large" stays Pending with reason "no available node, 1 nodes do not meet"
    And pod "large" stays Pending with reason "1 nodes CardInsufficientMemory"

  Scenario: A pod waits while HAMi binds another pod to the node
    Given the device plugins of node "one" do not respond
    When pod "first" is created, requesting 1 NVIDIA device with 3000 MiB
    Then the annotations of pod "first" include
      | annotation         | value      |
      | hami.io/bind-phase | allocating |
    And node "one" is locked by pod "first"
    When pod "second" is created, requesting 1 NVIDIA device with 3000 MiB
    Then the events of pod "second" include
      | reason          |
      | BindingFailed   |
    When the device plugins of node "one" respond again
    Then pod "second" is Running on node "one"

  Scenario: HAMi binds a pod to a node whose lock a deleted pod holds
    Given the device plugins of node "one" do not respond
    When pod "first" is created, requesting 1 NVIDIA device with 3000 MiB
    Then the annotations of pod "first" include
      | annotation         | value      |
      | hami.io/bind-phase | allocating |
    And node "one" is locked by pod "first"
    When pod "first" is deleted
    And pod "second" is created, requesting 1 NVIDIA device with 3000 MiB
    Then node "one" is locked by pod "second"

  Scenario: HAMi binds a pod to a node whose lock has expired
    Given the lock of node "one" has expired
    When pod "user" is created, requesting 1 NVIDIA device
    Then pod "user" is Running on node "one"
    And node "one" is not locked

  @hami.flaw.phantom-use
  Scenario: A pod that fits on no node uses no device, whatever its annotations record
    Given a running pod "first" that requests 1 NVIDIA device with 1000 MiB
    And the device plugins of node "one" do not respond
    When pod "large" is created with
      | setting                                   | value                                      |
      | resource nvidia.com/gpu                   | 1                                          |
      | resource nvidia.com/gpumem                | 99999                                      |
      | annotation hami.io/vgpu-node              | node "one"                                 |
      | annotation hami.io/vgpu-devices-allocated | 30000 MiB of NVIDIA device 0 of node "one" |
    Then pod "large" stays Pending with reason "CardInsufficientMemory"
    When pod "user" is created, requesting 1 NVIDIA device with 30000 MiB
    Then the annotations of pod "user" include
      | annotation         | value      |
      | hami.io/bind-phase | allocating |

  @use.with_hami-chart=yes
  Scenario: The metrics of HAMi's scheduler show the shares of a device
    Given a ResourceQuota of shared devices for the namespace
      | resource                 | amount |
      | limits.nvidia.com/gpumem | 10000  |
    And 2 running pods "user" that each request 1 NVIDIA device with 4096 MiB and 30 % of its compute units
    Then HAMi's metrics include
      | metric                           | of                            | value       |
      | hami_gpu_memory_limit_bytes      | NVIDIA device 0 of node "one" | 42949672960 |
      | hami_gpu_memory_allocated_bytes  | NVIDIA device 0 of node "one" | 8589934592  |
      | hami_gpu_core_allocated_ratio    | NVIDIA device 0 of node "one" | 60          |
      | hami_gpu_shared_count            | NVIDIA device 0 of node "one" | 2           |
      | hami_vgpu_memory_allocated_bytes | NVIDIA device 0 of node "one" | 4294967296  |
      | hami_vgpu_core_allocated_ratio   | NVIDIA device 0 of node "one" | 30          |
      | hami_resource_quota_limit        | nvidia.com/gpumem             | 10000       |
      | hami_resource_quota_used         | nvidia.com/gpumem             | 8192        |
    When pod "user-1" is deleted
    Then HAMi's metrics include
      | metric                          | of                            | value      |
      | hami_gpu_memory_allocated_bytes | NVIDIA device 0 of node "one" | 4294967296 |
      | hami_gpu_shared_count           | NVIDIA device 0 of node "one" | 1          |
      | hami_resource_quota_used        | nvidia.com/gpumem             | 4096       |

  @hami.flaw.phantom-use
  Scenario: Only one of two pods gets the last share of a device
    When 2 pods are created at once, 50 times, each requesting 1 NVIDIA device with 30000 MiB
    Then exactly 1 of the pods is Running each time
