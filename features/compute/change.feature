@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: Changes to a Compute
  A Compute can be changed while it exists, and each change reaches the pod and the other objects of the Compute.
  Users need not delete a Compute to give its server another image or another setting.

  Scenario: A new environment variable replaces the pod of a Compute
    Given a Compute "trainer" that only answers health checks
    And the pod of Compute "trainer" is Running
    When Compute "trainer" is changed
      | setting           | value |
      | variable GREETING | hello |
    Then another pod serves Compute "trainer"
    And pod "trainer-0" has
      | fact              | value |
      | variable GREETING | hello |

  Scenario: A new image replaces the pod of a Compute
    Given a Compute "trainer" that only answers health checks
      | setting | value   |
      | image   | missing |
    And Compute "trainer" has one pod
    When Compute "trainer" is changed
      | setting | value       |
      | image   | of this run |
    Then another pod serves Compute "trainer"

  Scenario: A label that is added to a Compute is added to its objects
    Given a suspended Compute "trainer"
    When Compute "trainer" is changed
      | setting                | value  |
      | label example.com/team | vision |
    Then the labels of Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer" include
      | label            | value  |
      | example.com/team | vision |

  Scenario: A label that is removed from a Compute is removed from its objects
    Given a suspended Compute "trainer"
      | setting                | value  |
      | label example.com/team | vision |
    And the labels of Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer" include
      | label            | value  |
      | example.com/team | vision |
    When Compute "trainer" is changed
      | setting                | value |
      | label example.com/team | none  |
    Then the labels of Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer" include
      | label            | value |
      | example.com/team |       |
