@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The reasons of a Compute that is not Ready
  A Compute that is not Ready names one reason: the first part that is missing, from its StatefulSet to its route.
  Users learn from it where to look, so the parts are always checked in the same order.

  Scenario Outline: A Compute with <fault> has no StatefulSet
    Given a Compute "trainer"
      | setting   | value   |
      | <setting> | <value> |
    Then Compute "trainer" has the condition
      | type  | status | reason                  |
      | Ready | False  | StatefulSetNotAvailable |

    Examples: Settings of every Compute
      | fault                                | setting                          | value   |
      | an amount below 0                    | cpu                              | -1      |
      | a label that selects the pods of another | label app.kubernetes.io/instance | another |

    @use.with_skytorch_volumes=yes
    Examples: Claims
      | fault                  | setting              | value |
      | a claim without a name | claim without a name | 16Mi  |

    # Later operators take the value of the Compute.
    @use.with_skytorch_own_variables=yes
    Examples: Variables
      | fault                                | setting                      | value         |
      | a variable that the operator sets    | variable SKYTORCH_LOG_LEVEL  | DEBUG         |
      | a variable in its override           | overriding variable COLOUR   | blue          |
      | a variable from a field of the pod   | variable NODE from the pod   | spec.nodeName |

  # The operator tells its log alone.
  Scenario Outline: The error of a wait for a Compute with <fault> says why the API refuses its StatefulSet
    Given a Compute "trainer"
      | setting   | value   |
      | <setting> | <value> |
    And Compute "trainer" has the condition
      | type  | status | reason                  |
      | Ready | False  | StatefulSetNotAvailable |
    When somebody waits until Compute "trainer" is Ready
      | limit | value    |
      | time  | a moment |
    Then the error of the wait contains
      | text                            |
      | the API refuses the StatefulSet |
      | <reason>                        |

    Examples:
      | fault             | setting | value | reason              |
      | an amount below 0 | cpu     | -1    | Invalid value: "-1" |

    @use.with_skytorch_own_variables=yes
    Examples: Variables
      | fault                             | setting                     | value | reason                                    |
      | a variable that the operator sets | variable SKYTORCH_LOG_LEVEL | DEBUG | has the name 'SKYTORCH_LOG_LEVEL' twice |

  Scenario: A Compute without a StatefulSet and without a GRPCRoute names the StatefulSet
    Given a ResourceQuota for the namespace
      | resource                                   | amount |
      | count/statefulsets.apps                    | 0      |
      | count/grpcroutes.gateway.networking.k8s.io | 0      |
    And a Compute "trainer"
    Then Compute "trainer" has the condition
      | type  | status | reason                  |
      | Ready | False  | StatefulSetNotAvailable |

  Scenario: A Compute without a server and without a GRPCRoute names the server
    Given a ResourceQuota for the namespace
      | resource                                   | amount |
      | count/grpcroutes.gateway.networking.k8s.io | 0      |
    And a Compute "trainer" without a server
    And the pod of Compute "trainer" is Running
    Then Compute "trainer" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/1 ready replicas |

  Scenario: A Compute without a GRPCRoute is not Ready
    Given a ResourceQuota for the namespace
      | resource                                   | amount |
      | count/grpcroutes.gateway.networking.k8s.io | 0      |
    And a Compute "trainer" that only answers health checks
    Then Compute "trainer" has the condition
      | type  | status | reason                |
      | Ready | False  | GRPCRouteNotAvailable |

  @use.with_admission_policies=yes
  Scenario Outline: A Compute is not Ready while its GRPCRoute <fault>
    Given a Compute "trainer" that only answers health checks
    And Compute "trainer" becomes Ready
    When the GRPCRoute of Compute "trainer" <fault>, and nobody can mend it
    Then Compute "trainer" has the condition
      | type  | status | reason   |
      | Ready | False  | <reason> |
    And Compute "trainer" has the addresses of the Gateway

    Examples:
      | fault                                       | reason               |
      | refers to no Gateway                        | GatewayNotReferenced |
      | refers to a Gateway that does not exist     | GatewayNotAvailable  |
      | refers to a Gateway that is not programmed  | GatewayNotProgrammed |
      | refers to a listener that its Gateway lacks | GRPCRouteNotAccepted |
