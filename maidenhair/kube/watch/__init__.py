"""Objects that are kept current by watches of the Kubernetes API."""
