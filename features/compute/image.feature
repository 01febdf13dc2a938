@compute @use.with_skytorch=yes @use.with_own_namespaces=yes @shared.skytorch
Feature: A server image that does not exist
  A Compute whose image cannot be pulled never becomes Ready, often because of a mistyped name.
  A wait for such a Compute ends with the reason instead of running to its time limit.

  Scenario: A wait for a Compute ends early when its image cannot be pulled
    Given a Compute "trainer"
      | setting | value   |
      | image   | missing |
    When somebody waits until Compute "trainer" is Ready
    Then the wait ends before its time limit
    And the error of the wait contains
      | text                                                |
      | cannot be pulled                                    |
      | failed to pull or ErrImagePull or ImagePullBackOff |
      | localhost:1/no-such-server:1                        |
