@install @use.with_skytorch_api=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The API of Computes
  An installation of SkyTorch adds the kind Compute to the cluster, for kubectl and every other client.
  Nobody but the operator decides the status that these clients read.

  @smoke
  Scenario: Computes are a kind with namespaces
    Then "kubectl api-resources --api-group=compute.skytorch.dev" shows
      | NAME     | APIVERSION                   | NAMESPACED |
      | computes | compute.skytorch.dev/v1alpha1 | true       |

  Scenario: The API drops the status from a request that creates a Compute
    When Compute "trainer" is created
      | setting   | value |
      | suspended | yes   |
      | status    | Ready |
    Then the API drops the status from Compute "trainer"

  @use.with_skytorch=yes
  Scenario: kubectl shows the state and the age of a Compute
    Given a suspended Compute "trainer"
    Then "kubectl get computes" shows
      | NAME    | STATE     | AGE |
      | trainer | Suspended | *   |
