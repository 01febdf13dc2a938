@tensors @use.with_skytorch=yes @needs.cpu.0.5 @shared.skytorch
Feature: Training on a Compute
  A model learns on a Compute as it learns locally: torch's own training loop runs unchanged, only its device is another.
  The program reads the loss in each step, as most training programs do.
  This is what people rent a Compute for.

  @smoke
  Scenario: A neural network learns on a Compute what it learns locally
    Given a Python program
    And a Compute "trainer"
    And the program is in the "async with" block of Compute "trainer"
    When the program trains a neural network in 20 steps on Compute "trainer" and locally
    Then the loss on the Compute falls by more than half
    And the losses on the Compute are within 1 part in 10000 of the local ones
    And the gradients on the Compute are within 1 part in 1000 of the local ones
    And the parameters on the Compute are within 1 part in 10000 of the local ones

  @skytorch.flaw.later-training
  Scenario: A program trains on one Compute after another
    Given a kubeconfig
      | setting   | value                 |
      | namespace | that of this scenario |
    When a Python program runs that
      | act                         |
      | trains on Compute "trainer" |
      | trains on Compute "expert"  |
    Then the program succeeds
    And the program prints "gradients from trainer: [2.0, 2.0, 2.0, 2.0]"
    And the program prints "gradients from expert: [2.0, 2.0, 2.0, 2.0]"
