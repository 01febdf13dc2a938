@devices @use.with_hami=yes @use.with_hami_chart=yes
Feature: HAMi as a chart
  HAMi's scheduler comes as a chart that helm installs, changes and removes. A second release leaves the first alone.

  Scenario: A second release schedules the pods that name its scheduler
    When a second release of HAMi is installed in the namespace of this scenario
    And a pod that asks its scheduler for more than any device has is submitted
    Then the scheduler of that release tells that no node meets what the pod asks for
    And its webhook looks at the pods of that namespace alone

  Scenario: An upgrade changes how nodes are filled
    Given a second release of HAMi in the namespace of this scenario
    When the release is upgraded to fill nodes evenly
    Then its scheduler fills nodes evenly

  Scenario Outline: Values that cannot be are refused
    When a second release of HAMi is installed with "<value>" set to "<nonsense>"
    Then helm refuses it and names "<name>"

    Examples:
      | value                                    | nonsense | name          |
      | devices.mthreads.memoryPerCard           | many     | memoryPerCard |
      | scheduler.admissionWebhook.failurePolicy | Perhaps  | failurePolicy |

  Scenario: What is uninstalled leaves nothing
    Given a second release of HAMi in the namespace of this scenario
    When the release is uninstalled
    Then helm lists no release in the namespace
    And nothing of the release is left on the cluster
