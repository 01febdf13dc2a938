@compute @use.with_skytorch_volumes=yes @shared.skytorch
Feature: The override of a Compute
  A Compute may override parts of the pod that the operator makes: volumes, variables and rules for its node.
  Teams need this for scratch space, for secrets and for clusters with more than one kind of node.

  @needs.cpu.0.1
  Scenario: An empty volume lasts as long as its pod
    Given a Compute "trainer"
      | setting          | value                         |
      | container        | counts its starts in /scratch |
      | volume scratch   | empty                         |
      | mount of scratch | /scratch                      |
    And the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |
    And Compute "trainer" is suspended
    And Compute "trainer" has no pod
    When Compute "trainer" is resumed
    Then the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |

  @needs.cpu.0.2
  Scenario: A volume may use the claim of another Compute
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
      | setting       | value                      |
      | container     | counts its starts in /data |
      | volume data   | of claim models            |
      | mount of data | /data                      |
    Then the container of Compute "tester" prints
      | name   | value |
      | starts | 2     |

  @needs.cpu.0.2
  Scenario: A mount may show one folder of a volume
    Given a Compute "trainer"
      | setting         | value                      |
      | container       | counts its starts in /mine |
      | claim models    | 16Mi                       |
      | mount of models | /mine from trainer         |
    And the container of Compute "trainer" prints
      | name   | value |
      | starts | 1     |
    And Compute "trainer" is suspended
    And Compute "trainer" has no pod
    And a Compute "tester"
      | setting         | value                                |
      | container       | counts its starts in /models/trainer |
      | claim models    | 16Mi                                 |
      | mount of models | /models                              |
    Then the container of Compute "tester" prints
      | name   | value |
      | starts | 2     |

  @needs.cpu.0.1
  Scenario: A container cannot write into a read-only mount
    Given a Compute "trainer"
      | setting          | value                         |
      | container        | counts its starts in /scratch |
      | volume scratch   | empty                         |
      | mount of scratch | /scratch read-only            |
    Then the container of Compute "trainer" prints
      | name  | value                 |
      | error | Read-only file system |

  Scenario Outline: A volume of an override that is <kind> becomes an empty one
    Given a suspended Compute "trainer"
      | setting        | value   |
      | volume scratch | <value> |
    Then StatefulSet "trainer" has
      | fact           | value |
      | volume scratch | empty |

    Examples:
      | kind                 | value                |
      | a folder of the node | a folder of the node |
      | in memory            | in memory            |

  # Earlier operators make no StatefulSet then; see reasons.feature.
  @not.with_skytorch_own_variables=yes @needs.cpu.0.1
  Scenario: A variable of the override reaches the container
    Given a Compute "trainer"
      | setting                    | value                  |
      | container                  | prints its environment |
      | overriding variable COLOUR | blue                   |
    Then the container of Compute "trainer" prints
      | name            | value |
      | variable COLOUR | blue  |

  # The operator ignores these settings. This scenario also holds for one that uses them.
  Scenario: The API accepts rules for the node and further settings of the pod in an override
    When Compute "trainer" is created
      | setting                   | value             |
      | validation                | strict            |
      | suspended                 | yes               |
      | service account           | default           |
      | node label disk           | fast              |
      | preferred node label zone | north             |
      | toleration                | gpu               |
      | scheduling gate           | example.com/quota |
      | pull secret               | registry          |
      | init container            | first             |
    Then the API accepts Compute "trainer"
