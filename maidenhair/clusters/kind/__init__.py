"""kind clusters: Kubernetes in containers of Docker or Podman, made by the kind command."""
