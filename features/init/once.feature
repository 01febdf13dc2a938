@init @use.with_skytorch=yes
Feature: The SDK is initialised once
  Which cluster and namespace a program uses is settled by the first call, or by the first Compute.

  Background:
    Given a kubeconfig with the namespace of this scenario

  @smoke
  Scenario: A second initialisation is refused
    When a program initialises the SDK twice
    Then the program fails with "RuntimeError: Kubernetes client is already initialized"

  Scenario: An initialisation after the first Compute is refused
    When a program initialises the SDK after it made a Compute named "trainer"
    Then the program fails with "RuntimeError: Kubernetes client is already initialized"
    And "trainer" is in the namespace of this scenario
