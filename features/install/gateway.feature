@install @use.with_gateway=yes @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The Gateway
  All Computes are reached through one Gateway, which an installation of SkyTorch brings along.
  While the Gateway is not in force, no program reaches any Compute.

  Scenario: The class of the Gateway is accepted
    Then the class of the Gateway is accepted

  @smoke
  Scenario: The Gateway is accepted and programmed
    Then Gateway "skytorch-system/skytorch-gateway" has the condition
      | type       | status |
      | Accepted   | True   |
      | Programmed | True   |

  Scenario: The Gateway answers at its address, or at "localhost" if it has no address
    Given a suspended Compute "trainer"
    Then a call to the Gateway fails with UNIMPLEMENTED
      | compute-id     |
      | nobody/nothing |
