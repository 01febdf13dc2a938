@compute @use.with_skytorch=yes
Feature: What the container of a Compute is given
  A Compute says what its container runs and sees; what it does not say the operator chooses.

  Scenario: A container runs the image that is asked for
    Given a suspended Compute object named "trainer"
    Then the container of "trainer" gets the image that this run is for

  Scenario: A container runs SkyTorch's own image where none is asked for
    Given a Compute object named "trainer" that names no image
    Then the StatefulSet of "trainer" has
      | fact  | value                  |
      | image | skytorch-server:latest |

  @needs.cpu.0.1
  Scenario: A container runs the command that it is given, with its arguments
    Given a Compute object named "trainer" that tells what its container sees
      | setting   | value           |
      | arguments | --verbose twice |
    Then the container of "trainer" sees
      | what      | value           |
      | arguments | --verbose twice |

  @needs.cpu.0.1
  Scenario: A container knows how its server is to be reached
    Given a Compute object named "trainer" that tells what its container sees
    Then the container of "trainer" sees
      | what                       | value |
      | variable SKYTORCH_PORT      | 50051 |
      | variable SKYTORCH_HOST      | [::]  |
      | variable SKYTORCH_LOG_LEVEL | INFO  |

  @needs.cpu.0.1
  Scenario: A container sees the variables that it is given, after the operator's and over them
    Given a Compute object named "trainer" that tells what its container sees
      | setting                     | value             |
      | variable COLOUR             | green             |
      | variable PLACE              | at $(SKYTORCH_PORT) |
      | variable SKYTORCH_LOG_LEVEL | DEBUG             |
    Then the container of "trainer" sees
      | what                        | value    |
      | variable COLOUR             | green    |
      | variable PLACE              | at 50051 |
      | variable SKYTORCH_LOG_LEVEL | DEBUG    |

  # Release 0.2.0 takes them and does not carry them over yet; when it does, this still holds.
  Scenario: Variables that are taken from the pod are accepted
    When a Compute object named "trainer" is submitted for strict validation with
      | setting                | value         |
      | suspended              | yes           |
      | variable NODE from the pod | spec.nodeName |
    Then the API takes it
