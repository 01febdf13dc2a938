@compute @use.with_skytorch=yes
Feature: What is made for a Compute
  Three objects with the name of a Compute serve it: a StatefulSet runs its server, a Service leads to that, and a
  GRPCRoute leads from the Gateway to the Service.

  Scenario: The StatefulSet runs one pod with the server, and asks it whether it is ready
    Given a Compute object named "trainer" whose server never starts
    Then the StatefulSet of "trainer" has
      | fact                           | value                  |
      | pods                           | 1                      |
      | starts its pods                | all at once            |
      | Service of its pods            | trainer                |
      | container                      | server                 |
      | port                           | 50051                  |
      | name of the port               | grpc                   |
      | is asked by gRPC at the port   | 50051                  |
      | is asked for the health of     | skytorch.torch.Service |
      | seconds until it is asked      | 2                      |
      | seconds between questions      | 2                      |
      | seconds to answer              | 5                      |
      | failures until it is not ready | 3                      |

  Scenario: The Service leads gRPC calls to the server
    Given a suspended Compute object named "trainer"
    Then the Service of "trainer" has
      | fact                                    | value             |
      | type                                    | ClusterIP         |
      | port                                    | 50051             |
      | name of the port                        | grpc              |
      | protocol                                | kubernetes.io/h2c |
      | leads to the port                       | grpc              |
      | picks pods by app.kubernetes.io/name     | skytorch-server   |
      | picks pods by app.kubernetes.io/instance | trainer           |

  Scenario: The GRPCRoute takes the calls that are meant for the Compute
    Given a suspended Compute object named "trainer"
    Then the GRPCRoute of "trainer" has
      | fact                     | value                                     |
      | gateway                  | skytorch-gateway                          |
      | namespace of the gateway | the operator's                            |
      | header                   | compute-id                                |
      | value of the header      | the namespace and the name of the Compute |
      | compared                 | exact                                     |
      | leads to the Service     | trainer                                   |
      | port of the Service      | 50051                                     |

  Scenario: All that serves a Compute says so in its labels
    Given a Compute object named "trainer" whose server never starts
    Then what serves "trainer" and its pod have the labels
      | label                        | value             |
      | app.kubernetes.io/name       | skytorch-server   |
      | app.kubernetes.io/instance   | trainer           |
      | app.kubernetes.io/component  | compute           |
      | app.kubernetes.io/managed-by | skytorch-operator |
      | app.kubernetes.io/part-of    | skytorch          |

  Scenario: The labels and annotations of a Compute's spec go to all that serves it, over the operator's own
    Given a Compute object named "trainer" that tells what its container sees
      | setting                         | value              |
      | label team                      | trees              |
      | label app.kubernetes.io/part-of | forest             |
      | annotation example.com/why      | to see it from all |
    Then what serves "trainer" and its pod have the labels
      | label                      | value           |
      | team                       | trees           |
      | app.kubernetes.io/part-of  | forest          |
      | app.kubernetes.io/name     | skytorch-server |
    And what serves "trainer" and its pod have the annotations
      | annotation      | value              |
      | example.com/why | to see it from all |
