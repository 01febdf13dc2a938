@compute @use.with_skytorch_api=yes
Feature: The addresses in the status of a Compute
  Programs read there at which address they reach a Compute.
  The API therefore refuses a text that cannot be an address.

  Background:
    Given a suspended Compute "trainer"

  Scenario Outline: The API refuses <text>
    When these addresses are written into the status of Compute "trainer"
      | type   | value   |
      | <type> | <value> |
    Then the API refuses Compute "trainer": "<message>"

    Examples:
      | text                      | type     | value  | message                                     |
      | an address of type "Carrier" | Carrier  | pigeon | status.addresses[0].type: Unsupported value |
      | an empty address          | Hostname |        | status.addresses[0].value: Invalid value    |

  Scenario: A Compute has at most 16 addresses
    When these addresses are written into the status of Compute "trainer"
      | value   |
      | host-1  |
      | host-2  |
      | host-3  |
      | host-4  |
      | host-5  |
      | host-6  |
      | host-7  |
      | host-8  |
      | host-9  |
      | host-10 |
      | host-11 |
      | host-12 |
      | host-13 |
      | host-14 |
      | host-15 |
      | host-16 |
      | host-17 |
    Then the API refuses Compute "trainer": "status.addresses: Too many: 17"

  Scenario: An address without a type is a host name
    When these addresses are written into the status of Compute "trainer"
      | value        |
      | gate.example |
    Then the fields of Compute "trainer" include
      | field                    | value    |
      | status.addresses[0].type | Hostname |
