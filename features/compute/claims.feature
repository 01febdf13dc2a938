@compute @use.with_skytorch_volumes=yes @shared.skytorch
Feature: The claims of a Compute
  A PersistentVolumeClaim is storage that outlives the pod of a Compute, and the Compute itself.
  Models and data sets written there survive, and several Computes may use the same claim.

  Scenario: A claim has the name from the Compute, and no owner
    Given a suspended Compute "trainer"
      | setting      | value |
      | claim models | 16Mi  |
    Then PersistentVolumeClaim "models" has
      | fact   | value         |
      | size   | 16Mi          |
      | access | ReadWriteOnce |
      | owner  | nobody        |
    And the labels of PersistentVolumeClaim "models" include
      | label                        | value             |
      | app.kubernetes.io/name       | skytorch-server   |
      | app.kubernetes.io/component  | compute           |
      | app.kubernetes.io/managed-by | skytorch-operator |
      | app.kubernetes.io/part-of    | skytorch          |
      | app.kubernetes.io/instance   |                   |
    And StatefulSet "trainer" has
      | fact          | value           |
      | volume models | of claim models |

  Scenario: A claim has the storage class from the Compute
    Given a suspended Compute "trainer"
      | setting                       | value   |
      | claim models                  | 16Mi    |
      | storage class of claim models | archive |
    Then PersistentVolumeClaim "models" has
      | fact          | value   |
      | storage class | archive |

  Scenario: A claim has no label of the Compute itself
    Given a suspended Compute "trainer"
      | setting                | value |
      | claim models           | 16Mi  |
      | label example.com/team | trees |
    Then the labels of PersistentVolumeClaim "models" include
      | label                 | value           |
      | app.kubernetes.io/name | skytorch-server |
      | example.com/team      |                 |

  @needs.cpu.0.1
  Scenario: A resumed Compute finds what its container wrote into a claim
    Given a Compute "trainer"
      | setting         | value                        |
      | container       | counts its starts in /models |
      | claim models    | 16Mi                         |
      | mount of models | /models                      |
    And the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |
    And Compute "trainer" is suspended
    And Compute "trainer" has no pod
    When Compute "trainer" is resumed
    Then the container of Compute "trainer" prints
      | name   | value |
      | starts | 2     |

  @needs.cpu.0.1
  Scenario: A claim outlives its Compute and serves the next one
    Given a Compute "trainer"
      | setting         | value                        |
      | container       | counts its starts in /models |
      | claim models    | 16Mi                         |
      | mount of models | /models                      |
    And the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |
    When Compute "trainer" is deleted
    Then Compute "trainer" and all its objects are gone
    And PersistentVolumeClaim "models" exists
    Given a Compute "tester"
      | setting         | value                      |
      | container       | counts its starts in /data |
      | claim models    | 16Mi                       |
      | mount of models | /data                      |
    Then the container of Compute "tester" prints
      | name   | value |
      | starts | 2     |

  @needs.cpu.0.2
  Scenario: Two Computes that name the same claim share it
    Given a Compute "trainer"
      | setting         | value                        |
      | container       | counts its starts in /models |
      | claim models    | 16Mi                         |
      | mount of models | /models                      |
    And the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |
    And Compute "trainer" is suspended
    And Compute "trainer" has no pod
    And a Compute "tester"
      | setting         | value                      |
      | container       | counts its starts in /data |
      | claim models    | 16Mi                       |
      | mount of models | /data                      |
    Then the container of Compute "tester" prints
      | name   | value |
      | starts | 2     |

  Scenario: A Python program gets a claim and its mount by one argument
    Given a Python program
    When Compute "trainer" is created
      | setting         | value   |
      | suspended       | yes     |
      | claim models    | 16Mi    |
      | mount of models | /models |
    Then PersistentVolumeClaim "models" has
      | fact  | value  |
      | size  | 16Mi   |
      | owner | nobody |
    And StatefulSet "trainer" has
      | fact            | value           |
      | volume models   | of claim models |
      | mount of models | /models         |
