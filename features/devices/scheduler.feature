@devices @use.with_hami=yes @use.with_simulated_nodes=yes @exclusive.hami
Feature: Restarts of HAMi's scheduler
  HAMi's scheduler keeps what it knows of shares on nodes and pods, so that a restarted scheduler knows it again.
  A scheduler that forgot a share would give the same memory to two pods.

  Background:
    Given simulated nodes whose devices HAMi shares
    And a node "one" with 1 NVIDIA device

  Scenario: A restarted scheduler knows which shares are taken
    Given a running pod "first" that requests 1 NVIDIA device with 30000 MiB
    When HAMi's scheduler is killed
    And pod "second" is created with
      | setting                    | value          |
      | resource nvidia.com/gpu    | 1              |
      | resource nvidia.com/gpumem | 30000          |
      | scheduler                  | hami-scheduler |
    Then pod "second" stays Pending with reason "CardInsufficientMemory"
    When pod "first" is deleted
    Then pod "second" is Running

  Scenario: A pod gets its share although the scheduler was killed while it bound the pod
    Given the device plugins of node "one" do not respond
    When pod "user" is created, requesting 1 NVIDIA device with 3000 MiB
    Then the annotations of pod "user" include
      | annotation         | value      |
      | hami.io/bind-phase | allocating |
    And node "one" is locked by pod "user"
    When HAMi's scheduler is killed
    And the device plugins of node "one" respond again
    Then pod "user" has 1 NVIDIA device with 3000 MiB
    And the annotations of pod "user" include
      | annotation         | value   |
      | hami.io/bind-phase | success |
    And node "one" is not locked
