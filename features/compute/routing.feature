@compute @use.with_skytorch=yes @use.with_gateway=yes
Feature: The way to a Compute
  All Computes are reached through one Gateway, which leads each call to the Compute that the call names.

  Scenario Outline: A call for a Compute that does not exist is answered by nobody
    Given a suspended Compute object named "trainer"
    Then a call for the Compute "<id>" fails with UNIMPLEMENTED

    Examples:
      | id              |
      | nowhere/trainer |
      | trainer         |

  Scenario: A call that names no Compute is answered by nobody
    Given a suspended Compute object named "trainer"
    Then a call that names no Compute fails with UNIMPLEMENTED

  Scenario: A Compute whose server is not ready is not available
    Given a Compute object named "trainer" whose server never starts
    Then a call for "trainer" fails with UNAVAILABLE, which tells "no healthy upstream"

  Scenario: A suspended Compute is not available
    Given a suspended Compute object named "trainer"
    Then a call for "trainer" fails with UNAVAILABLE, which tells "no healthy upstream"

  @needs.cpu.1
  Scenario: Two Computes of one name in two namespaces do not know of each other
    Given ready Compute objects named "trainer" in two namespaces
    When a different tensor is written to each of them under the same number
    Then each gives its own tensor back
    When the one in the other namespace is deleted
    Then the one in this namespace still gives its tensor back
