@compute @use.with_skytorch=yes @shared.skytorch
Feature: A Compute without an "async with" block
  A Python program may also create a Compute, wait for it, use it and delete it with calls of its own.
  Notebooks need this, because their Computes outlive a block of code.

  Background:
    Given a Python program

  @needs.cpu.0.5
  Scenario: A Compute computes once the program has waited for it
    Given a Compute "trainer"
    When the program waits for Compute "trainer"
    Then the program sees that Compute "trainer" is ready
    When two matrices of 8 by 8 are multiplied on Compute "trainer"
    Then the product from Compute "trainer" equals the local product

  @use.with_own_namespaces=yes
  Scenario: A Compute that its program deletes leaves no objects
    Given a Compute "trainer" that only answers health checks
    When the program deletes Compute "trainer"
    Then Compute "trainer" and all its objects are gone

  Scenario: A wait for a Compute that is not ready in time ends with a TimeoutError
    Given a Compute "trainer" without a server
    When the program waits for Compute "trainer" for a moment
    Then the program gets the error "TimeoutError: "
    And the program gets the error "did not become ready within"
    And the program sees that Compute "trainer" is not ready

  @use.with_skytorch_0_2=yes
  Scenario: A program cannot create tensors on a Compute that is not ready
    Given a suspended Compute "trainer"
    When the program creates a tensor on Compute "trainer"
    Then the program gets the error "Compute 'trainer' is not ready"

  @use.with_skytorch_0_2=yes
  Scenario: A program cannot run functions on a Compute that is not ready
    Given a suspended Compute "trainer"
    When the program runs a function that ends the server on Compute "trainer"
    Then the program gets the error "gRPC client is not connected"
