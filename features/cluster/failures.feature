@cluster @use.with_skytorch=yes
Feature: A Cluster of which not all goes well
  A program is told which Compute failed; what is not deleted stays, for the program to try again or to delete.

  Scenario: A wait whose time runs out leaves all Computes there
    Given a Cluster of the suspended Computes "left" and "right"
    When the Cluster is waited for until time runs out
    Then a program is told that time ran out
    And "left" is in the namespace of this scenario
    And "right" is in the namespace of this scenario

  Scenario: A Compute that is deleted while its Cluster is waited for ends the wait
    Given a Cluster of the suspended Computes "left" and "right"
    When "right" is deleted while the Cluster is waited for
    Then a program is told "right was deleted"
    And nothing of "right" is left
    And "left" is in the namespace of this scenario

  @use.with_accounts=yes @needs.cpu.0.5
  Scenario: What cannot be deleted at the end of use is told, and does not keep the others
    Given a program whose account may delete no Compute but "left"
    And a managed Cluster of the idle Computes "left" and "right"
    When the use of the Cluster ends
    Then a program is told of a group of failures, of "right" alone
    And nothing of "left" is left
    And "right" is in the namespace of this scenario
