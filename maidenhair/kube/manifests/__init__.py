"""Reading and checking manifests: YAML as kubectl reads it, Lists, and messages that name the document.

Nothing here uses the API. `maidenhair.kube.apply` applies manifests.
"""
