@devices @use.with_hami=yes @use.with_simulated_nodes=yes @exclusive.hami
Feature: The scheduler of HAMi at its end
  What is known of shares lies on nodes and pods: whoever takes over the scheduler's work knows it all.

  Background:
    Given a simulated node "one" with 1 "NVIDIA" devices

  Scenario: A restart of the scheduler loses and doubles nothing
    Given a pod "first" that runs, having asked for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 30000  |
    When the scheduler of HAMi is killed
    And a pod "second" for the scheduler "hami-scheduler" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 30000  |
    Then "second" stays pending because "CardInsufficientMemory"
    When "first" is taken away
    Then "second" runs

  Scenario: A pod that was being bound when the scheduler was killed gets its share
    Given the device plugins of "one" do not answer
    When a pod "user" asks for
      | resource          | amount |
      | nvidia.com/gpu    | 1      |
      | nvidia.com/gpumem | 3000   |
    Then "user" tells that its binding came to "allocating"
    When the scheduler of HAMi is killed
    And the device plugins of "one" answer again
    Then "user" gets 3000 MiB of 1 "NVIDIA" device
    And "user" tells that its binding came to "success"
    And nothing holds "one"
