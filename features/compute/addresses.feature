@compute @use.with_skytorch_api=yes
Feature: The addresses in the status of a Compute
  Clients read there how to reach a Compute, so the API lets nobody write what cannot be an address.

  Background:
    Given a Compute object named "trainer" with
      | setting   | value |
      | suspended | yes   |

  Scenario Outline: The API refuses <what>
    When somebody writes into the status of "trainer" the address
      | type   | value   |
      | <type> | <value> |
    Then the API refuses it with "<message>"

    Examples:
      | what                       | type     | value  | message                                     |
      | an address of another type | Carrier  | pigeon | status.addresses[0].type: Unsupported value |
      | an address of no letters   | Hostname |        | status.addresses[0].value: Invalid value    |

  Scenario: Sixteen addresses are enough
    When somebody writes 17 addresses into the status of "trainer"
    Then the API refuses it with "status.addresses: Too many: 17"

  Scenario: An address is a host name unless it says otherwise
    When somebody writes into the status of "trainer" the address
      | value        |
      | gate.example |
    Then the address is of type "Hostname"
