Feature: b
  Scenario: b0
    Given a resource is made
    When it works
    Then it works
  Scenario: b1
    Given a resource is made
    When it works
    Then it works
  Scenario: b2
    Given a resource is made
    When it works
    Then it works
