@compute @use.with_skytorch=yes @use.with_gateway=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The route to a Compute
  All Computes share one Gateway, which leads each call to the Compute that the call names in its compute-id.
  A call for one Compute must never reach another, because tensors of different users have the same ids.

  Scenario Outline: The Gateway knows no route to the compute-id "<id>"
    Given a suspended Compute "trainer"
    Then a call to the Gateway fails with UNIMPLEMENTED
      | compute-id |
      | <id>       |

    Examples:
      | id              |
      | nowhere/trainer |
      | trainer         |

  Scenario: The Gateway knows no route for a call without a compute-id
    Given a suspended Compute "trainer"
    Then a call to the Gateway fails with UNIMPLEMENTED
      | compute-id |
      |            |

  Scenario: A Compute is not available until its server is ready
    Given a Compute "trainer" without a server
    Then a call to the Gateway fails with UNAVAILABLE
      | compute-id                | details             |
      | that of Compute "trainer" | no healthy upstream |

  Scenario: A suspended Compute is not available
    Given a suspended Compute "trainer"
    Then a call to the Gateway fails with UNAVAILABLE
      | compute-id                | details             |
      | that of Compute "trainer" | no healthy upstream |

  @needs.cpu.0.5
  Scenario: A Compute can be reached through a forwarded port, without the Gateway
    Given a ready Compute "trainer"
    And a tensor client of Compute "trainer" through a forwarded port
    When tensor "weights" is written with type float32 and shape 3 by 4
    Then tensor "weights" equals the one written, bit for bit

  @needs.cpu.1
  Scenario: Two Computes of one name in two namespaces keep their own tensors
    Given a ready Compute "trainer" in this namespace and another
    When a different tensor is written to each Compute under the same id
    Then the tensor read from Compute "trainer" of this namespace equals the one written to it
    And the tensor read from Compute "trainer" of another namespace equals the one written to it
    When Compute "trainer" of the other namespace is deleted
    Then the tensor read from Compute "trainer" of this namespace equals the one written to it
