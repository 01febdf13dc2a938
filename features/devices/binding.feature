@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Binding pods to shares
  What was chosen for a pod is written on it, and one pod at a time is bound to a node.

  Background:
    Given a simulated node "one" with 1 "NVIDIA" devices

  Scenario: A pod tells its node and its devices, and that all went well
    When a pod "user" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 3000   |
    Then "user" runs on "one"
    And "user" tells the node "one", and has nothing more to be given
    And nothing holds "one"

  Scenario: Whoever looks at the events of a pod reads how it got its node
    When a pod "user" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "user" is told "FilteringSucceed"
    And "user" is told "BindingSucceed"

  Scenario: Whoever looks at the events of a pod reads that no node will do
    When a pod "large" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 99999  |
    Then "large" is told "FilteringFailed"
    And "large" stays pending because "no available node, 1 nodes do not meet"

  Scenario: While a pod is being bound to a node, the next one waits for it
    Given the device plugins of "one" do not answer
    When a pod "first" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 3000   |
    Then "first" tells that its binding came to "allocating"
    And "first" holds "one"
    When a pod "second" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 3000   |
    Then "second" is told "BindingFailed"
    When the device plugins of "one" answer again
    Then "second" runs on "one"

  Scenario: A node that somebody has held for too long is taken all the same
    Given "one" has been held for longer than anybody may
    When a pod "user" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "user" runs on "one"
    And nothing holds "one"

  Scenario: Of pods that race for the last share just one gets it
    When 2 pods race 50 times for what only one of them can have
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 30000  |
    Then each time just one of them got it
