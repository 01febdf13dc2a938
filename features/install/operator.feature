@install @use.with_skytorch=yes
Feature: The operator
  The operator acts on Computes. It runs in the namespace "skytorch-system", as any other Deployment does.

  @smoke
  Scenario: The operator is available
    Then the operator is available

  Scenario: The operator does not run as root
    Then none of the operator's containers may run as root

  Scenario: The operator is told its namespace by its own pod
    Then the operator takes "NAMESPACE" from the namespace of its pod

  Scenario: The operator is configured by a ConfigMap
    Then the operator takes its configuration from a ConfigMap
