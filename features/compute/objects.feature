@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A Compute as a Kubernetes object
  A Compute is an object like a Deployment: kubectl creates, suspends and resumes it without any Python program.
  Teams can therefore keep their Computes in Git with their other manifests.

  @smoke
  Scenario: A Compute controls a Service, a GRPCRoute and a StatefulSet of its name
    Given a Compute "trainer" without a server
    Then Compute "trainer" controls Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer"

  Scenario: A Compute that is deleted waits for its objects
    Given a suspended Compute "trainer"
    Then Service "trainer" has
      | fact                              | value   |
      | owner that waits for its deletion | trainer |
    And GRPCRoute "trainer" has
      | fact                              | value   |
      | owner that waits for its deletion | trainer |
    And StatefulSet "trainer" has
      | fact                              | value   |
      | owner that waits for its deletion | trainer |

  Scenario: A Compute with an empty spec has a pod
    When Compute "trainer" is created
      | setting | value |
      | spec    | empty |
    Then Compute "trainer" has one pod

  Scenario: A Compute has a pod only while its object is not suspended
    Given a Compute "trainer" that only answers health checks
    When Compute "trainer" is suspended
    Then Compute "trainer" has no pod
    When Compute "trainer" is resumed
    Then Compute "trainer" has one pod
    When Compute "trainer" is suspended
    Then Compute "trainer" has no pod
