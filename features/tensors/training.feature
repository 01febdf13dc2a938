@tensors @use.with_skytorch=yes @needs.cpu.0.5
Feature: Training on a Compute
  A model learns on a Compute as it learns here: torch's own training loop runs unchanged, only its device is another.

  @smoke
  Scenario: A neural network that is trained on a Compute learns what it learns here
    Given a managed Compute named "trainer"
    When a small neural network is trained for 20 steps on "trainer" and here
    Then the loss after the last step is less than half of the first
    And the losses equal those of the training here within one part in 10000
    And the gradients equal those of the training here within one part in 1000
    And the parameters equal those of the training here within one part in 10000
