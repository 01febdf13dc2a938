@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The container of a Compute
  The server of a Compute runs in a container, with the image, the command and the variables of the Compute.
  Settings that the Compute leaves out come from the operator, so that the shortest Compute still has a server.

  Scenario: The container runs the image of the Compute
    Given a suspended Compute "trainer"
    Then StatefulSet "trainer" has
      | fact  | value       |
      | image | of this run |

  Scenario: The container of a Compute without an image runs SkyTorch's own image
    Given a suspended Compute "trainer"
      | setting | value |
      | image   | none  |
    Then StatefulSet "trainer" has
      | fact  | value                  |
      | image | skytorch-server:latest |

  @needs.cpu.0.1
  Scenario: The container runs the command and the arguments of the Compute
    Given a Compute "trainer"
      | setting   | value                  |
      | container | prints its environment |
      | arguments | --verbose twice        |
    Then the container of Compute "trainer" prints
      | name      | value           |
      | arguments | --verbose twice |

  @needs.cpu.0.1
  Scenario: The container has the variables of SkyTorch's server
    Given a Compute "trainer"
      | setting   | value                  |
      | container | prints its environment |
    Then the container of Compute "trainer" prints
      | name                        | value |
      | variable SKYTORCH_PORT      | 50051 |
      | variable SKYTORCH_HOST      | [::]  |
      | variable SKYTORCH_LOG_LEVEL | INFO  |

  @needs.cpu.0.1
  Scenario: The variables of the Compute reach the container in their order
    Given a Compute "trainer"
      | setting         | value                  |
      | container       | prints its environment |
      | variable COLOUR | green                  |
      | variable LEAVES | $(COLOUR) in May       |
    Then the container of Compute "trainer" prints
      | name            | value        |
      | variable COLOUR | green        |
      | variable LEAVES | green in May |

  # Earlier operators set this variable themselves; see reasons.feature.
  @not.with_skytorch_own_variables=yes @needs.cpu.0.1
  Scenario: A variable of the Compute replaces that of the server image
    Given a Compute "trainer"
      | setting                     | value                  |
      | container                   | prints its environment |
      | variable SKYTORCH_LOG_LEVEL | DEBUG                  |
    Then the container of Compute "trainer" prints
      | name                        | value |
      | variable SKYTORCH_LOG_LEVEL | DEBUG |

  Scenario: The API accepts variables from fields of the pod
    When Compute "trainer" is created
      | setting                    | value         |
      | validation                 | strict        |
      | suspended                  | yes           |
      | variable NODE from the pod | spec.nodeName |
    Then the API accepts Compute "trainer"
