@use.with_skytorch=yes @use.with_gateway=yes
Feature: Views
  A tensor can be a view: it has some of another tensor's elements, and none of its own.

  Background:
    Given the shared Compute
    And a tensor "weights" of type float32 and shape 4 by 6 was written
    And a view of column 2 of "weights"

  Scenario: A view has the elements of its base
    When the tensor "weights" is read
    Then the view reads back as that column

  Scenario: What is written through a view is in its base
    When a tensor is written through the view
    Then "weights" has it in that column, and its other elements as they were

  Scenario: A view keeps its elements when its base is deleted
    Given the view was read
    When the tensor "weights" is deleted
    Then the view reads back as that column
