@compute @use.with_skytorch_api=yes
Feature: What the API refuses of a Compute
  The API looks at a Compute before anything is made for it, and names the setting that is wrong.

  Scenario Outline: The API refuses <what>
    When a Compute object named "trainer" is submitted with
      | setting   | value   |
      | <setting> | <value> |
    Then the API refuses it with "<message>"

    Examples: Amounts
      | what                | setting | value  | message                                               |
      | an amount in words  | memory  | plenty | spec.resources.memory: Invalid value: "plenty"        |
      | an amount below 0   | cpu     | -1     | spec.resources.cpu: Invalid value: "-1"               |
      | an unknown unit     | memory  | 1GB    | spec.resources.memory: Invalid value: "1GB"           |

    Examples: Values of another type
      | what                                 | setting                   | value    | message                                                   |
      | to be suspended perhaps              | suspended                 | perhaps  | spec.suspend in body must be of type boolean: "string"    |
      | a command that is not cut into words | field command             | sleep 60 | spec.command in body must be of type array: "string"      |
      | a number as an environment variable  | variable PORT as a number | 8080     | spec.env[0].value in body must be of type string: "integer" |
      | a number as a label                  | label tier as a number    | 1        | spec.labels.tier in body must be of type string: "integer" |

    Examples: Names
      | what                                | setting        | value       | message                                           |
      | a label of its own with blanks      | own label team | three trees | metadata.labels: Invalid value: "three trees"     |

  Scenario: An environment variable is given once
    When a Compute object named "trainer" is submitted with
      | setting         | value |
      | variable COLOUR | green |
      | variable COLOUR | blue  |
    Then the API refuses it with "spec.env[1]: Duplicate value"

  Scenario: A spec says something
    When a Compute object named "trainer" is submitted with an empty spec
    Then the API refuses it with "spec in body should have at least 1 properties"

  Scenario: A Compute without a spec is taken
    When a Compute object named "trainer" is submitted without a spec
    Then the API takes it
    And "trainer" is in the namespace of this scenario

  Scenario: A setting that there is not is refused where strict validation is asked for
    When a Compute object named "trainer" is submitted for strict validation with
      | setting      | value |
      | suspended    | yes   |
      | field colour | green |
    Then the API refuses it with "unknown field "spec.colour""

  Scenario: Else a setting that there is not is left out, with a warning
    When a Compute object named "trainer" is submitted with
      | setting      | value |
      | suspended    | yes   |
      | field colour | green |
    Then the API takes it
    And the API warns of "unknown field "spec.colour""
    And "trainer" has no "colour"

  # The SDK comes with SkyTorch, which a cluster with nothing but the API of Computes has not.
  @use.with_skytorch=yes
  Scenario: A Python program gets the refusal as the API words it
    When a Compute named "trainer" is submitted with
      | setting | value  |
      | memory  | plenty |
    Then the API refuses it with "spec.resources.memory: Invalid value"
