@tensors @use.with_skytorch=yes @use.with_gateway=yes @slow
Feature: Links that are slow or break
  Over a bad link a tensor takes longer or does not come at all, but it never comes wrong.

  Background:
    Given the shared Compute
    And a tensor "weights" of type float32 and shape 1024 by 1024 was written

  Scenario Outline: A tensor arrives bit for bit over a link that <fault>
    Given a link to it that <fault>
    When the tensor "weights" is written and read over the link
    Then it came over the link bit for bit

    Examples:
      | fault                                |
      | takes 200 ms longer each way         |
      | lets 1 MB a second pass              |
      | lets everything pass in small pieces |

  Scenario: Whoever reads over a link that breaks is told so
    Given a link to it that breaks after 1 MB
    When the tensor "weights" is read over the link
    Then the transfer fails with UNAVAILABLE
    And the Compute goes on serving

  Scenario: Whoever reads over a link that is too slow is told when the time is up
    Given a link to it that lets 10 KB a second pass
    When the tensor "weights" is read over the link
    Then the transfer fails with DEADLINE_EXCEEDED
    And the Compute goes on serving
