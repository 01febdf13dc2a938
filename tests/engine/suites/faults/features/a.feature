Feature: a
  Scenario: a0
    Given a resource is made
    When it works
    Then it works
  Scenario: a1
    Given a resource is made
    When it works
    Then it works
  Scenario: a2
    Given a resource is made
    When it works
    Then it works
