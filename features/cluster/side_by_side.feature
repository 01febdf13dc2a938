@cluster @use.with_skytorch=yes @needs.cpu.1 @shared.skytorch
Feature: The work of a Cluster
  The Computes of a Cluster work at the same time, and none disturbs another.
  A Python program would gain nothing from several servers if each waited for the one before it.

  Background:
    Given a Python program
    And a Compute "left"
    And a Compute "right"
    And a Cluster of Computes "left" and "right"
    And the program is in the "async with" block of the Cluster

  @smoke @use.with_skytorch_0_2=yes
  Scenario: Two functions run at the same time, each on a Compute of its own
    When the program runs a function that waits for its twin on Computes "left" and "right"
    Then the program gets "met right" from the stdout of the function on Compute "left"
    And the program gets "met left" from the stdout of the function on Compute "right"

  @smoke @use.with_skytorch_0_2=yes
  Scenario: Two Computes multiply matrices at the same time
    When two matrices of 64 by 64 are multiplied on Computes "left" and "right"
    Then the product from Compute "left" equals the local product
    And the product from Compute "right" equals the local product

  @use.with_skytorch_0_2=yes
  Scenario: An error on one Compute reaches the program, and the other Compute keeps working
    When Compute "right" runs a function that raises "out of ideas" while Compute "left" multiplies two matrices of 8 by 8
    Then the program gets the error "Remote execution failed: out of ideas"
    And the product from Compute "left" equals the local product

  Scenario: A nested structure of tensors and modules is unchanged after a move to any Compute and back
    When the program moves a nested structure of tensors and modules to Computes "left" and "right" and back
    Then the tensors were on the device of Compute "left" alone
    And the tensors were on the device of Compute "right" alone
    And the returned tensors equal the local ones, bit for bit
