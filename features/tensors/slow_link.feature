@tensors @use.with_skytorch=yes @use.with_gateway=yes @slow @shared.skytorch
Feature: Links that are slow or break
  Over a bad link a tensor takes longer or does not arrive, but it never arrives wrong.
  Notebooks reach Computes over such links, and a program has to learn in time that a tensor does not come.

  Background:
    Given a tensor client of the shared Compute
    And a tensor "weights" of type float32 and shape 1024 by 1024

  Scenario Outline: A tensor arrives bit for bit over a link that <fault>
    Given a link to the Compute that <fault>, and calls with a long deadline
    When tensor "weights" is written with type float32 and shape 1024 by 1024
    Then the call succeeds
    And tensor "weights" equals the one written, bit for bit

    Examples:
      | fault                           |
      | takes 200 ms longer each way    |
      | lets 1 MB a second pass         |
      | lets bytes pass in small pieces |

  Scenario: A read over a link that breaks fails as unavailable
    Given a link to the Compute that breaks after 1 MB, and calls with a short deadline
    When tensor "weights" is read
    Then the call fails with status UNAVAILABLE
    And the Compute still serves

  Scenario: A read over a link that is too slow fails at its deadline
    Given a link to the Compute that lets 10 KB a second pass, and calls with a short deadline
    When tensor "weights" is read
    Then the call fails with status DEADLINE_EXCEEDED
    And the Compute still serves
