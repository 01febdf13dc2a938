@install @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The operator
  The operator is the Deployment that creates the pod and the network objects of each Compute.
  Without it no Compute starts, so administrators look at it first.

  @smoke
  Scenario: The operator is available
    Then Deployment "skytorch-system/skytorch-operator" has the condition
      | type      | status |
      | Available | True   |

  Scenario: The operator does not run as root
    Then Deployment "skytorch-system/skytorch-operator" has
      | fact                            | value |
      | containers that may run as root | none  |

  Scenario: The operator learns its namespace from its pod
    Then Deployment "skytorch-system/skytorch-operator" has
      | fact               | value                   |
      | variable NAMESPACE | from metadata.namespace |

  Scenario: The operator is configured by a ConfigMap
    Then Deployment "skytorch-system/skytorch-operator" has
      | fact          | value            |
      | configuration | from a ConfigMap |
