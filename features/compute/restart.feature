@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A Compute whose server ends
  A server can crash, and its pod can be deleted, for example when a node is drained.
  The Compute then serves again without help, and programs learn that the server lost their tensors.

  Scenario: Another pod serves a Compute after its pod was deleted
    Given a Compute "trainer" that only answers health checks
    And Compute "trainer" becomes Ready
    And the pod of Compute "trainer" is Running
    When pod "trainer-0" is deleted
    Then another pod serves Compute "trainer"

  @needs.cpu.0.5 @use.with_skytorch_0_2=yes
  Scenario: A server that ends is restarted, and its program gets an error
    Given a Python program
    And a ready Compute "trainer"
    And the pod of Compute "trainer" is Running
    When the program runs a function that ends the server on Compute "trainer"
    Then the program gets the error "RuntimeError: "
    And the same pod serves Compute "trainer" after a restart
    When two matrices of 8 by 8 are multiplied on Compute "trainer"
    Then the product from Compute "trainer" equals the local product
