@use.with_widgets=yes
Feature: Widgets

  Scenario: A Widget without a colour is grey
    When Widget "lamp" of size 3 is created
    Then Widget "lamp" has the colour "grey"
