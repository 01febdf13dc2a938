@compute @use.with_skytorch=yes @use.with_skytorch_0_2=yes @needs.cpu.0.5 @shared.skytorch
Feature: The conveniences of SkyTorch's SDK
  The SDK has a decorator, a callback for events and the Compute's own object, for programs that need no more than that.
  Notebooks and scripts stay short with them, and still leave no Compute behind unless they ask for it.

  Background:
    Given a kubeconfig
      | setting   | value                 |
      | namespace | that of this scenario |

  @use.with_own_namespaces=yes
  Scenario: A decorated function gets a ready Compute, which is gone afterwards
    When a Python program runs that
      | act                                                      |
      | runs a function with the decorator of Compute "trainer" |
    Then the program succeeds
    And the program prints "is ready: True"
    And Compute "trainer" and all its objects are gone

  @use.with_own_namespaces=yes
  Scenario: A Compute that shall stay outlives its decorated function
    When a Python program runs that
      | act                                                                   |
      | runs a function with the decorator of Compute "trainer", which stays |
    Then the program succeeds
    And the program prints "is ready: True"
    And Compute "trainer" has the condition
      | type  | status | reason             |
      | Ready | True   | AllComponentsReady |

  Scenario: A program reads the conditions of its Compute
    When a Python program runs that
      | act                                                          |
      | prints the conditions of Compute "trainer" while it uses it |
    Then the program succeeds
    And the program prints "Ready: True"

  Scenario: The SDK's own callback reports the events of the pod
    When a Python program runs that
      | act                                                    |
      | logs the events of Compute "trainer" while it uses it |
    Then the program succeeds
    And the program prints "[Scheduled]"
    And the program prints "[Started]"

  Scenario: A program names the node of its Compute by one argument
    Given a Python program
    When Compute "trainer" is created
      | setting                           | value  |
      | suspended                         | yes    |
      | node label kubernetes.io/hostname | node-1 |
    Then the fields of Compute "trainer" include
      | field                                          | value  |
      | spec.override.nodeSelector."kubernetes.io/hostname" | node-1 |
