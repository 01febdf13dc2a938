@compute @use.with_skytorch_api=yes
Feature: The name of a Compute
  The name becomes part of network addresses, so the API refuses what cannot be one and says why.

  Scenario Outline: The API takes the name <name>
    When a Compute object named "<name>" is submitted
    Then "<name>" is in the namespace of this scenario

    Examples: The shortest and the longest
      | name                                                            |
      | a                                                               |
      | a-name-of-sixty-three-characters-is-just-what-a-label-can-carry |

  @smoke
  Scenario Outline: The API refuses the name <name>
    When a Compute object named "<name>" is submitted
    Then the API refuses it with "metadata.name must <rule>"

    Examples: Names with other characters
      | name       | rule                             |
      | 1trainer   | match RFC 1035 DNS label format  |
      | my.trainer | match RFC 1035 DNS label format  |

    Examples: A name that is too long
      | name                                                             | rule                          |
      | a-name-of-sixty-four-characters-is-one-more-than-a-label-can-hav | be no more than 63 characters |

  # The SDK comes with SkyTorch, which a cluster with nothing but the API of Computes has not.
  @use.with_skytorch=yes
  Scenario: The Python SDK passes the refusal on
    When a Compute named "1trainer" is submitted
    Then the API refuses it with "metadata.name must match RFC 1035 DNS label format"
