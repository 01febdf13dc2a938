@tensors @use.with_skytorch=yes @use.with_gateway=yes @shared.skytorch
Feature: The health of a server
  Any gRPC client can ask a Compute for its health, as Kubernetes does.
  A load balancer or a monitor needs no knowledge of SkyTorch for this.

  Background:
    Given a tensor client of the shared Compute

  Scenario Outline: The health check of <service> answers SERVING
    Then the health check of <service> answers SERVING

    Examples:
      | service            |
      | the whole server   |
      | the tensor service |
