@init @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The namespace of a program's Computes
  A Python program that uses SkyTorch finds its cluster and its namespace in a kubeconfig, in its pod or in its own code.
  Each step that names a Compute means the one in the namespace of the scenario, so that a Compute elsewhere is not found.

  @smoke
  Scenario: A Compute goes to the namespace of the kubeconfig
    Given a kubeconfig
      | setting   | value                 |
      | namespace | that of this scenario |
    When a Python program runs that
      | act                       |
      | creates Compute "trainer" |
    Then the program succeeds
    And Compute "trainer" exists

  Scenario: The namespace of the program takes precedence over that of the kubeconfig
    Given a kubeconfig
      | setting   | value     |
      | namespace | elsewhere |
    When a Python program runs that
      | act                                                    |
      | initialises the SDK for the namespace of this scenario |
      | creates Compute "trainer"                              |
    Then the program succeeds
    And Compute "trainer" exists

  Scenario: Without a namespace in the kubeconfig the namespace is "default"
    Given a kubeconfig
    When a Python program runs that
      | act                                  |
      | prints the namespace of its Computes |
    Then the program succeeds
    And the program prints "namespace: default"

  Scenario: The configuration of the program takes precedence over the kubeconfig
    Given a kubeconfig
      | setting | value            |
      | server  | does not respond |
    When a Python program runs that
      | act                                                  |
      | initialises the SDK with a configuration of its own |
      | creates Compute "trainer"                            |
    Then the program succeeds
    And Compute "trainer" exists

  @use.with_accounts=yes
  Scenario: A Compute of a program in a pod goes to the namespace of the pod
    Given service account "default" may
      | verbs                                   | resources                     |
      | get, list, watch, create, patch, delete | computes.compute.skytorch.dev |
      | list, watch                             | events                        |
    When a Python program runs in a pod that
      | act                       |
      | creates Compute "trainer" |
    Then the program succeeds
    And Compute "trainer" exists

  Scenario: A program without a kubeconfig and outside a pod fails
    When a Python program runs that
      | act                       |
      | creates Compute "trainer" |
    Then the program fails with "ConfigException: Could not configure Kubernetes client"
