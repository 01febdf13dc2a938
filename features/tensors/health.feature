@tensors @use.with_skytorch=yes @use.with_gateway=yes
Feature: The health of a server
  Any gRPC client can ask a Compute whether it serves, as Kubernetes does.

  Scenario Outline: <part> of a Compute that is ready serves
    Given the shared Compute
    Then <part> is said to serve

    Examples:
      | part               |
      | the whole server   |
      | the tensor service |
