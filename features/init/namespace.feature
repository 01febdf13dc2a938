@use.with_skytorch=yes @needs.cpu.0.5
Feature: Initialising the Python SDK
  A Python program says once which cluster and which namespace its Computes belong to.

  Scenario: Computes go to the namespace that was given
    Given the SDK was initialised with the namespace of this scenario
    When a Compute named "trainer" is submitted
    Then "trainer" is in the namespace of this scenario

  Scenario: A second initialisation is refused
    Given the SDK was initialised with the namespace of this scenario
    When the SDK is initialised again
    Then a program is told "Kubernetes client is already initialized"
