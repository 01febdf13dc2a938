@devices @use.with_hami=yes @use.with_simulated_nodes=yes @shared.hami
Feature: Devices that cannot be used
  HAMi gives nobody a device that is broken, taken out of use, or on a node that nothing is heard of.

  Scenario: A broken device is given to nobody until it works again
    Given a simulated node "one" with 2 "NVIDIA" devices
    When device 0 of "one" breaks
    And a pod "wide" asks for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    Then "wide" stays pending because "CardNotHealth"
    When device 0 of "one" works again
    Then "wide" runs

  Scenario: A device that is cordoned is given to nobody
    Given a simulated node "one" with 2 "NVIDIA" devices
    When device 0 of "one" is cordoned
    And a pod "wide" asks for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    Then "wide" stays pending because "CardCordoned"

  Scenario: A node that has not answered the scheduler for too long gets no pods
    Given a simulated node "one" with 1 "Hygon" devices
    And the device plugins of "one" do not answer
    And the scheduler has waited too long for an answer from "one"
    When a pod "user" asks for
      | resource         | amount |
      | hygon.com/dcunum | 1      |
    Then "user" stays pending because "no available node"

  Scenario: A node whose devices nobody told of gets no pods
    Given a simulated node "one" with 1 "NVIDIA" devices
    When "one" tells of its devices no more
    And a pod "user" asks for
      | resource       | amount |
      | nvidia.com/gpu | 1      |
    Then "user" stays pending because "no available node"

  Scenario: The devices of a node that is taken away are given to nobody
    Given these simulated nodes
      | node  | vendor | devices |
      | large | NVIDIA | 2       |
      | small | NVIDIA | 1       |
    When the simulated node "large" is taken away
    And a pod "wide" asks for
      | resource       | amount |
      | nvidia.com/gpu | 2      |
    Then "wide" stays pending because "no available node"
