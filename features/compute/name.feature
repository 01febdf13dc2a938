@compute @use.with_skytorch_api=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The name of a Compute
  The name of a Compute becomes a part of network addresses and of labels.
  The API therefore refuses a name that cannot be such a part, with the reason.

  Scenario Outline: The API accepts the name <name>
    When Compute "<name>" is created
    Then the API accepts Compute "<name>"
    And Compute "<name>" exists

    Examples: The shortest and the longest
      | name                                                            |
      | a                                                               |
      | a-name-of-sixty-three-characters-is-just-what-a-label-can-carry |

  @smoke
  Scenario Outline: The API refuses the name <name>
    When Compute "<name>" is created
    Then the API refuses Compute "<name>": "metadata.name must <rule>"

    Examples: Names with other characters
      | name       | rule                             |
      | 1trainer   | match RFC 1035 DNS label format  |
      | my.trainer | match RFC 1035 DNS label format  |

    Examples: A name that is too long
      | name                                                             | rule                          |
      | a-name-of-sixty-four-characters-is-one-more-than-a-label-can-hav | be no more than 63 characters |

  @use.with_skytorch=yes
  Scenario Outline: The objects of a Compute named <name> have its name as a label
    Given a suspended Compute "<name>"
    Then the labels of Service "<name>", GRPCRoute "<name>" and StatefulSet "<name>" include
      | label                      | value  |
      | app.kubernetes.io/instance | <name> |

    Examples:
      | name                                                            |
      | a                                                               |
      | a-name-of-sixty-three-characters-is-just-what-a-label-can-carry |

  # Kubernetes adds labels to the pod that consist of the name and more characters.
  @use.with_skytorch=yes
  Scenario: A Compute with a name of 63 characters never has a pod
    Given a Compute "a-name-of-sixty-three-characters-is-just-what-a-label-can-carry"
    Then the events of StatefulSet "a-name-of-sixty-three-characters-is-just-what-a-label-can-carry" include
      | type    | reason       |
      | Warning | FailedCreate |
    And Compute "a-name-of-sixty-three-characters-is-just-what-a-label-can-carry" has the condition
      | type  | status | reason              | message                            |
      | Ready | False  | StatefulSetNotReady | StatefulSet has 0/1 ready replicas |

  # A cluster that has only the API of Computes lacks the SDK.
  @use.with_skytorch=yes
  Scenario: A Python program gets the API's refusal of a name
    Given a Python program
    When Compute "1trainer" is created
    Then the API refuses Compute "1trainer": "metadata.name must match RFC 1035 DNS label format"
