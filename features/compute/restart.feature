@compute @use.with_skytorch=yes
Feature: A Compute whose server ends
  A Compute serves again by itself, whatever became of its pod or of the server in it.

  Scenario: Another pod serves after the pod was deleted
    Given an idle Compute object named "trainer"
    And "trainer" became ready
    When the pod of Compute "trainer" is deleted
    Then another pod of "trainer" serves

  @needs.cpu.0.5 @use.with_skytorch_0_2=yes
  Scenario: A server that ended is started anew, and programs are told
    Given a ready Compute named "trainer"
    And the pod of "trainer" runs
    When a program has the server of "trainer" end itself
    Then a program is told "Connection to server lost"
    And the server of "trainer" is started anew in its pod
    When two matrices of 8 by 8 are multiplied on "trainer"
    Then the product equals the one computed here
