@compute @use.with_skytorch_api=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The checks of the API
  The API checks a Compute before the operator makes any object for it, and names the setting that is wrong.
  So a mistake shows at once, instead of as a server that never starts.

  Scenario Outline: The API refuses <mistake>
    When Compute "trainer" is created
      | setting   | value   |
      | <setting> | <value> |
    Then the API refuses Compute "trainer": "<message>"

    Examples: Amounts
      | mistake             | setting | value  | message                                        |
      | an amount in words  | memory  | plenty | spec.resources.memory: Invalid value: "plenty" |
      | an unknown unit     | memory  | 1GB    | spec.resources.memory: Invalid value: "1GB"    |

    Examples: Values of another type
      | mistake                                      | setting                   | value    | message                                                     |
      | a suspension that is neither "yes" nor "no"  | suspended                 | perhaps  | spec.suspend in body must be of type boolean: "string"      |
      | a command that is not a list                 | field command             | sleep 60 | spec.command in body must be of type array: "string"        |
      | a number as an environment variable          | variable PORT as a number | 8080     | spec.env[0].value in body must be of type string: "integer" |
      | a number as a label                          | label tier as a number    | 1        | spec.labels.tier in body must be of type string: "integer"  |

    Examples: Labels
      | mistake                    | setting        | value       | message                                |
      | a label with blanks        | own label team | three trees | metadata.labels: Invalid value: "three trees" |

  Scenario: The API refuses two environment variables of one name
    When Compute "trainer" is created
      | setting         | value |
      | variable COLOUR | green |
      | variable COLOUR | blue  |
    Then the API refuses Compute "trainer": "spec.env[1]: Duplicate value"

  Scenario: The API accepts an empty spec
    When Compute "trainer" is created
      | setting | value |
      | spec    | empty |
    Then the API accepts Compute "trainer"
    And Compute "trainer" exists

  Scenario: The API accepts an amount below 0
    When Compute "trainer" is created
      | setting | value |
      | cpu     | -1    |
    Then the API accepts Compute "trainer"
    And Compute "trainer" exists

  Scenario: The API accepts a Compute without a spec
    When Compute "trainer" is created
      | setting | value |
      | spec    | none  |
    Then the API accepts Compute "trainer"
    And Compute "trainer" exists

  Scenario: The API refuses an unknown setting under strict validation
    When Compute "trainer" is created
      | setting      | value  |
      | validation   | strict |
      | suspended    | yes    |
      | field colour | green  |
    Then the API refuses Compute "trainer": "unknown field "spec.colour""

  Scenario: The API drops an unknown setting with a warning under default validation
    When Compute "trainer" is created
      | setting      | value |
      | suspended    | yes   |
      | field colour | green |
    Then the API accepts Compute "trainer"
    And the API warns about Compute "trainer": "unknown field "spec.colour""
    And the fields of Compute "trainer" include
      | field       | value |
      | spec.colour |       |

  # A cluster that has only the API of Computes lacks the SDK.
  @use.with_skytorch=yes
  Scenario: A Python program gets the API's refusal of a setting
    Given a Python program
    When Compute "trainer" is created
      | setting | value  |
      | memory  | plenty |
    Then the API refuses Compute "trainer": "spec.resources.memory: Invalid value"
