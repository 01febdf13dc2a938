@init @use.with_skytorch=yes
Feature: Where a program's Computes go
  A Python program need not say to which cluster and namespace its Computes go. What it does say counts.

  @smoke
  Scenario: Without a word they go to the namespace of the kubeconfig's context
    Given a kubeconfig with the namespace of this scenario
    When a program makes a Compute named "trainer"
    Then the program succeeds
    And "trainer" is in the namespace of this scenario

  Scenario: A namespace that the program names comes before the kubeconfig's
    Given a kubeconfig with the namespace "elsewhere"
    When a program makes a Compute named "trainer" in the namespace of this scenario
    Then the program succeeds
    And "trainer" is in the namespace of this scenario

  Scenario: Where the kubeconfig names no namespace it is "default"
    Given a kubeconfig without a namespace
    When a program asks where its Computes would go
    Then the program succeeds
    And it prints "Computes go to default"

  Scenario: A configuration that the program gives comes before the kubeconfig
    Given a kubeconfig of a cluster that does not answer
    When a program makes a Compute named "trainer" with a configuration of its own
    Then the program succeeds
    And "trainer" is in the namespace of this scenario

  @use.with_accounts=yes
  Scenario: In a pod they go to the pod's own namespace
    Given the account of the pods in the namespace may use Computes
    When a program in a pod makes a Compute named "trainer"
    Then the program succeeds
    And "trainer" is in the namespace of this scenario

  Scenario: A program that finds neither a kubeconfig nor a cluster around it is told so
    Given no kubeconfig
    When a program makes a Compute named "trainer"
    Then the program fails with "ConfigException: Could not configure Kubernetes client"
