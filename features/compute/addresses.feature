@compute @use.with_skytorch_api=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: The addresses in the status of a Compute
  Programs read there at which address they reach a Compute.
  The API therefore refuses a text that cannot be an address.

  Background:
    Given a suspended Compute "trainer"

  Scenario Outline: The API refuses <text>
    When Compute "trainer" is changed
      | setting                             | value   |
      | address of type <type> in the status | <value> |
    Then the API refuses Compute "trainer": "<message>"

    Examples:
      | text                      | type     | value  | message                                     |
      | an address of type "Carrier" | Carrier  | pigeon | status.addresses[0].type: Unsupported value |
      | an empty address          | Hostname |        | status.addresses[0].value: Invalid value    |

  Scenario: A Compute has at most 16 addresses
    When Compute "trainer" is changed
      | setting               | value   |
      | address in the status | host-1  |
      | address in the status | host-2  |
      | address in the status | host-3  |
      | address in the status | host-4  |
      | address in the status | host-5  |
      | address in the status | host-6  |
      | address in the status | host-7  |
      | address in the status | host-8  |
      | address in the status | host-9  |
      | address in the status | host-10 |
      | address in the status | host-11 |
      | address in the status | host-12 |
      | address in the status | host-13 |
      | address in the status | host-14 |
      | address in the status | host-15 |
      | address in the status | host-16 |
      | address in the status | host-17 |
    Then the API refuses Compute "trainer": "status.addresses: Too many: 17"

  Scenario: An address without a type is a host name
    When Compute "trainer" is changed
      | setting               | value        |
      | address in the status | gate.example |
    Then the fields of Compute "trainer" include
      | field                    | value    |
      | status.addresses[0].type | Hostname |
