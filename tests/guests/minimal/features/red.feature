@red @use.with_widgets=yes
Feature: A failure, to see what it says

  Scenario: A Widget without a colour is red
    When Widget "lamp" of size 3 is created
    Then Widget "lamp" has the colour "red"
