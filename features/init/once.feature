@init @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: One initialisation of the SDK
  The first call of SkyTorch's SDK, or the first Compute, settles which cluster and namespace a Python program uses.
  A later initialisation would split the program's Computes between two places, so the SDK refuses it.

  Background:
    Given a kubeconfig
      | setting   | value                 |
      | namespace | that of this scenario |

  @smoke
  Scenario: The SDK refuses a second initialisation
    When a Python program runs that
      | act                 |
      | initialises the SDK |
      | prints "initialised" |
      | initialises the SDK |
    Then the program fails with "RuntimeError: Kubernetes client is already initialized"
    And the program prints "initialised"

  Scenario: The SDK refuses an initialisation after the first Compute
    When a Python program runs that
      | act                       |
      | creates Compute "trainer" |
      | initialises the SDK       |
    Then the program fails with "RuntimeError: Kubernetes client is already initialized"
    And Compute "trainer" exists
