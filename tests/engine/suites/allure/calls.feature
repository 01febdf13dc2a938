Feature: calls of allure

  Scenario: attaches
    Given it attaches text, bytes and a file
    And it makes steps within steps

  Scenario: describes
    Given it adds links and descriptions

  Scenario: nests
    Given it makes steps within steps
    And it makes steps within steps

  Scenario: fails
    Given it fails in a step
    Then it adds links and descriptions

  Scenario: breaks
    Given it attaches text, bytes and a file
    And it breaks in a step
