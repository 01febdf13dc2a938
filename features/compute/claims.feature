@compute @use.with_skytorch_volumes=yes
Feature: The claims of a Compute
  A Compute may ask for storage that is there before it and after it: a claim belongs to no Compute, and several may
  use the same.

  Scenario: A claim is named as the Compute says, and belongs to nobody
    Given a Compute object named "trainer" with
      | setting      | value |
      | suspended    | yes   |
      | claim models | 16Mi  |
    Then the claim "models" has
      | fact   | value         |
      | size   | 16Mi          |
      | access | ReadWriteOnce |
      | owner  | nobody        |
    And the claim "models" has the labels
      | label                        | value             |
      | app.kubernetes.io/name       | skytorch-server   |
      | app.kubernetes.io/component  | compute           |
      | app.kubernetes.io/managed-by | skytorch-operator |
      | app.kubernetes.io/part-of    | skytorch          |
    And the claim "models" has no label "app.kubernetes.io/instance"
    And the StatefulSet of "trainer" has
      | fact          | value           |
      | volume models | of claim models |

  @needs.cpu.0.1
  Scenario: What a server writes into a claim is there again when the Compute is resumed
    Given a Compute object named "trainer" that counts its starts in the folder /models
      | setting         | value   |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then "trainer" counts start number 1
    Given "trainer" was suspended
    When "trainer" is resumed
    Then "trainer" counts start number 2

  @needs.cpu.0.1
  Scenario: A claim outlives its Compute, and another Compute that names it finds what was written
    Given a Compute object named "trainer" that counts its starts in the folder /models
      | setting         | value   |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then "trainer" counts start number 1
    When "trainer" is deleted
    Then nothing of "trainer" is left
    And the claim "models" is still there
    Given a Compute object named "tester" that counts its starts in the folder /data
      | setting         | value |
      | claim models    | 16Mi  |
      | mount of models | /data |
    Then "tester" counts start number 2

  @needs.cpu.0.2
  Scenario: Two Computes that name the same claim share it
    Given a Compute object named "trainer" that counts its starts in the folder /models
      | setting         | value   |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then "trainer" counts start number 1
    Given "trainer" was suspended
    And a Compute object named "tester" that counts its starts in the folder /data
      | setting         | value |
      | claim models    | 16Mi  |
      | mount of models | /data |
    Then "tester" counts start number 2

  Scenario: A Python program gets a claim and its mount by one argument
    When a Compute named "trainer" is submitted with
      | setting         | value   |
      | suspended       | yes     |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then the claim "models" has
      | fact  | value  |
      | size  | 16Mi   |
      | owner | nobody |
    And the StatefulSet of "trainer" has
      | fact            | value           |
      | volume models   | of claim models |
      | mount of models | /models         |
