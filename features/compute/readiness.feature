@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The readiness of a Compute
  The condition Ready of a Compute says whether calls reach its server, and if not, what is missing.
  Programs, kubectl and monitoring all rely on this one condition.

  @smoke @needs.cpu.0.5
  Scenario: A Compute names what is missing until it is Ready
    Given the condition "Ready" of Compute "trainer" is recorded
    When Compute "trainer" is created
    And Compute "trainer" becomes Ready
    Then the recorded condition was in this order
      | status | reason              |
      | False  | StatefulSetNotReady |
      | True   | AllComponentsReady  |
    And Compute "trainer" has the addresses of the Gateway

  Scenario: A Compute is Ready once its server answers
    Given a Compute "trainer" that only answers health checks
    Then Compute "trainer" becomes Ready
    And Compute "trainer" has the addresses of the Gateway

  Scenario: A Compute is not Ready while its server does not answer
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    Then Compute "trainer" has the condition
      | type  | status | reason              | message                           |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/1 ready replicas |

  Scenario: A Compute that was Ready is not Ready once it is suspended
    Given a Compute "trainer" that only answers health checks
    And Compute "trainer" becomes Ready
    When Compute "trainer" is suspended
    Then Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/0 ready replicas |

  Scenario: A new message of the condition Ready keeps the moment of its last transition
    Given a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    And Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/1 ready replicas |
    And the condition "Ready" of Compute "trainer" is recorded
    When Compute "trainer" is suspended
    Then Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/0 ready replicas |
    And the lastTransitionTime of the recorded condition is unchanged
