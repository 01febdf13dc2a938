@compute @use.with_skytorch_volumes=yes
Feature: What a Compute overrides of its pod
  Of the pod that the operator makes, a Compute may override some parts.

  @needs.cpu.0.1
  Scenario: An empty volume is there for as long as its pod
    Given a Compute object named "trainer" that counts its starts in the folder /scratch
      | setting          | value    |
      | volume scratch   | empty    |
      | mount of scratch | /scratch |
    Then "trainer" counts start number 1
    Given "trainer" was suspended
    When "trainer" is resumed
    Then "trainer" counts start number 1

  @needs.cpu.0.2
  Scenario: A volume may be that of any claim
    Given a Compute object named "trainer" that counts its starts in the folder /models
      | setting         | value   |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then "trainer" counts start number 1
    Given "trainer" was suspended
    And a Compute object named "tester" that counts its starts in the folder /data
      | setting       | value           |
      | volume data   | of claim models |
      | mount of data | /data           |
    Then "tester" counts start number 2

  @needs.cpu.0.2
  Scenario: A server may see but one folder of a volume
    Given a Compute object named "trainer" that counts its starts in the folder /mine
      | setting         | value              |
      | claim models    | 16Mi               |
      | mount of models | /mine from trainer |
    Then "trainer" counts start number 1
    Given "trainer" was suspended
    And a Compute object named "tester" that counts its starts in the folder /models/trainer
      | setting         | value   |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then "tester" counts start number 2

  @needs.cpu.0.1
  Scenario: A server cannot write into a volume that it only may read
    Given a Compute object named "trainer" that counts its starts in the folder /scratch
      | setting          | value              |
      | volume scratch   | empty              |
      | mount of scratch | /scratch read-only |
    Then "trainer" cannot count: "Read-only file system"

  @needs.cpu.0.1
  Scenario: Variables of the override reach the server
    Given a Compute object named "trainer" that tells what its container sees
      | setting                    | value |
      | overriding variable COLOUR | blue  |
    Then the container of "trainer" sees
      | what            | value |
      | variable COLOUR | blue  |

  # Release 0.2.0 takes all of it and does nothing with it yet; when it does, this still holds.
  Scenario: The rest of an override is accepted
    When a Compute object named "trainer" is submitted for strict validation with
      | setting                   | value             |
      | suspended                 | yes               |
      | service account           | default           |
      | node label disk           | fast              |
      | preferred node label zone | north             |
      | toleration                | gpu               |
      | scheduling gate           | example.com/quota |
      | pull secret               | registry          |
      | init container            | first             |
    Then the API takes it
