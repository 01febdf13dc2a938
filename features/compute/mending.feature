@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: Repair of the objects of a Compute
  The operator restores the Service, the GRPCRoute and the StatefulSet of a Compute when somebody deletes or changes them.
  Otherwise a mistake with one of these objects would cut programs off from their Compute.

  Background:
    Given a Compute "trainer" that only answers health checks
    And Compute "trainer" becomes Ready
    And Compute "trainer" controls Service "trainer", GRPCRoute "trainer" and StatefulSet "trainer"

  Scenario Outline: A deleted <kind> is created again
    When <kind> "trainer" is deleted
    Then another <kind> "trainer" exists
    And Compute "trainer" controls <kind> "trainer"

    Examples:
      | kind        |
      | Service     |
      | GRPCRoute   |
      | StatefulSet |

  Scenario Outline: A changed <kind> is restored each time
    When somebody changes the <kind> of Compute "trainer"
    Then the <kind> of Compute "trainer" is as before
    When somebody changes the <kind> of Compute "trainer"
    Then the <kind> of Compute "trainer" is as before

    Examples:
      | kind        |
      | Service     |
      | GRPCRoute   |
      | StatefulSet |
