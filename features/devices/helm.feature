@devices @use.with_hami=yes @use.with_hami_chart=yes @use.with_simulated_nodes=yes @shared.hami
Feature: HAMi as a helm chart
  helm installs, upgrades and uninstalls HAMi's scheduler as a release, also beside another release of HAMi.
  Administrators try a new release in one namespace first; it must not touch the pods and nodes of the others.

  Background:
    Given simulated nodes whose devices HAMi shares

  @exclusive.handshakes
  Scenario: A second release schedules the pods that name its scheduler
    Given a node "one" with 1 NVIDIA device
    And HAMi release "second" is installed
    When pod "demanding" is created with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000000000            |
      | scheduler                  | HAMi release "second" |
    Then the events of pod "demanding" include
      | reason          |
      | FilteringFailed |
    And pod "demanding" stays Pending with reason "no available node"
    And the webhook of HAMi release "second" admits pods of the namespace only

  @exclusive.handshakes
  Scenario: A changed value of an installed release changes which nodes pods go to
    Given a node "left" with 1 NVIDIA device
    And a node "right" with 1 NVIDIA device
    And HAMi release "second" is installed
    And a running pod "first" with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    And a running pod "packed" with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    When HAMi release "second" is installed
      | value                                                | content |
      | scheduler.defaultSchedulerPolicy.nodeSchedulerPolicy | spread  |
    And pod "spread" is created with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    Then pods "first" and "packed" occupy 1 node
    And pods "first" and "spread" occupy 2 nodes

  @exclusive.handshakes
  Scenario: Another replica schedules pods once the leader is gone
    Given HAMi release "second" is installed
      | value                 | content |
      | scheduler.leaderElect | true    |
      | scheduler.replicas    | 2       |
    And a node "one" with 1 NVIDIA device
    When the leader of HAMi release "second" is killed
    And pod "user" is created with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    Then pod "user" is Running on node "one"
    And pod "user" has 1 NVIDIA device with 1000 MiB

  @hami.flaw.lock-expiry @exclusive.handshakes
  Scenario: The lock of a node expires at the age that a value of the release says
    Given HAMi release "second" is installed
      | value                    | content |
      | scheduler.nodeLockExpire | 1m      |
    And a node "one" with 1 NVIDIA device
    And a running pod "first" with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    And pod "first" has had the lock of node "one" for half the default time
    When pod "user" is created with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    Then pod "user" is Running on node "one"

  Scenario Outline: helm refuses a release with "<nonsense>" as <name>
    When HAMi release "second" is installed
      | value   | content    |
      | <value> | <nonsense> |
    Then helm refuses HAMi release "second": "<name>"

    Examples:
      | value                                    | nonsense | name          |
      | scheduler.service.httpPort               | many     | port          |
      | scheduler.admissionWebhook.failurePolicy | Perhaps  | failurePolicy |

  @exclusive.handshakes
  Scenario: An uninstalled release leaves nothing on the cluster but pods and what HAMi recorded
    Given a node "one" with 1 NVIDIA device
    And HAMi release "second" is installed
    And a running pod "first" with
      | setting                    | value                 |
      | resource nvidia.com/gpu    | 1                     |
      | resource nvidia.com/gpumem | 1000                  |
      | scheduler                  | HAMi release "second" |
    When HAMi release "second" is uninstalled
    Then nothing of HAMi release "second" is left
    And node "one" is not locked
    And pod "first" is still Running, without a restart
    And pod "first" has 1 NVIDIA device with 1000 MiB
