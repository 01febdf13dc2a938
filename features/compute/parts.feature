@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The objects of a Compute
  Three objects with the name of a Compute serve it: a StatefulSet runs its server, a Service leads to the server, and a
  GRPCRoute leads from the Gateway to the Service. Calls reach the right server only if all three fit together.

  Scenario: The StatefulSet runs one pod with the server and a readiness probe
    Given a Compute "trainer" without a server
    Then StatefulSet "trainer" has
      | fact                             | value                  |
      | pods                             | 1                      |
      | starts its pods                  | all at once            |
      | Service of its pods              | trainer                |
      | container                        | server                 |
      | port                             | 50051                  |
      | name of the port                 | grpc                   |
      | port of the gRPC probe           | 50051                  |
      | service of the gRPC probe        | skytorch.torch.Service |
      | seconds before the first probe   | 2                      |
      | seconds between probes           | 2                      |
      | time limit of a probe in seconds | 5                      |
      | failed probes until not ready    | 3                      |

  Scenario: The Service leads gRPC calls to the server
    Given a suspended Compute "trainer"
    Then Service "trainer" has
      | fact                                    | value             |
      | type                                    | ClusterIP         |
      | port                                    | 50051             |
      | name of the port                        | grpc              |
      | protocol                                | kubernetes.io/h2c |
      | leads to the port                       | grpc              |
      | picks pods by app.kubernetes.io/name     | skytorch-server   |
      | picks pods by app.kubernetes.io/instance | trainer           |

  Scenario: The GRPCRoute leads the calls for the Compute to its Service
    Given a suspended Compute "trainer"
    Then GRPCRoute "trainer" has
      | fact                     | value                                     |
      | gateway                  | skytorch-gateway                          |
      | namespace of the gateway | the operator's                            |
      | header                   | compute-id                                |
      | value of the header      | the namespace and the name of the Compute |
      | compared                 | exact                                     |
      | leads to the Service     | trainer                                   |
      | port of the Service      | 50051                                     |

  Scenario: The objects of a Compute have the standard labels
    Given a Compute "trainer" without a server
    Then the labels of Service "trainer", GRPCRoute "trainer", StatefulSet "trainer" and pod "trainer-0" include
      | label                        | value             |
      | app.kubernetes.io/name       | skytorch-server   |
      | app.kubernetes.io/instance   | trainer           |
      | app.kubernetes.io/component  | compute           |
      | app.kubernetes.io/managed-by | skytorch-operator |
      | app.kubernetes.io/part-of    | skytorch          |

  Scenario: The labels and annotations of a Compute replace the standard ones on all its objects
    Given a Compute "trainer" without a server
      | setting                         | value              |
      | label team                      | trees              |
      | label app.kubernetes.io/part-of | forest             |
      | annotation example.com/why      | to see it from all |
    Then the labels of Service "trainer", GRPCRoute "trainer", StatefulSet "trainer" and pod "trainer-0" include
      | label                     | value           |
      | team                      | trees           |
      | app.kubernetes.io/part-of | forest          |
      | app.kubernetes.io/name    | skytorch-server |
    And the annotations of Service "trainer", GRPCRoute "trainer", StatefulSet "trainer" and pod "trainer-0" include
      | annotation      | value              |
      | example.com/why | to see it from all |
