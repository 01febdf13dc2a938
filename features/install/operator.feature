@install @use.with_skytorch=yes
Feature: The operator
  The operator is the Deployment that creates the pod and the network objects of each Compute.
  Without it no Compute starts, so administrators look at it first.

  @smoke
  Scenario: The operator is available
    Then Deployment "skytorch-system/skytorch-operator" has the condition
      | type      | status |
      | Available | True   |

  Scenario: The operator does not run as root
    Then the containers of the operator may not run as root

  Scenario: The operator learns its namespace from its pod
    Then the operator takes the variable "NAMESPACE" from the field "metadata.namespace" of its pod

  Scenario: The operator is configured by a ConfigMap
    Then the operator takes its configuration from a ConfigMap
