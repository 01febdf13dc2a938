@devices @use.with_hami=yes @use.with_hami_chart=yes
Feature: HAMi as a helm chart
  helm installs, upgrades and uninstalls HAMi's scheduler as a release, also beside another release of HAMi.
  Administrators try a new release in one namespace first; it must not touch the pods and nodes of the others.

  Background:
    Given nodes whose devices HAMi shares

  Scenario: A second release schedules the pods that name its scheduler
    Given HAMi release "second" is installed
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

  Scenario: A changed value of an installed release changes how it chooses nodes
    Given HAMi release "second" is installed
    When HAMi release "second" is installed
      | value                                                | content |
      | scheduler.defaultSchedulerPolicy.nodeSchedulerPolicy | spread  |
    Then the scheduler of HAMi release "second" runs with "--node-scheduler-policy=spread"

  Scenario Outline: helm refuses a release with "<nonsense>" as <name>
    When HAMi release "second" is installed
      | value   | content    |
      | <value> | <nonsense> |
    Then helm refuses HAMi release "second": "<name>"

    Examples:
      | value                                    | nonsense | name          |
      | scheduler.replicas                       | many     | replicas      |
      | scheduler.admissionWebhook.failurePolicy | Perhaps  | failurePolicy |

  Scenario: An uninstalled release leaves nothing on the cluster
    Given HAMi release "second" is installed
    When HAMi release "second" is uninstalled
    Then nothing of HAMi release "second" is left
