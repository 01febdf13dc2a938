"""Kubeconfig files, read as kubectl reads them: which context, which server, which credentials.

`files` merges the files, `access` reads one context of them, `credentials` makes the headers of requests, `exec_plugin`
runs plugins, `connection` opens connections. A field that kubectl uses and maidenhair does not support is refused with
its name.

Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""
