"""`make e2e-matrix`: runs all features with versions of Python, SkyTorch and Kubernetes, and keeps a page of results.

The version of Python decides that of SkyTorch: 0.1.0 with 3.11, 0.2.0 with later ones.
"""
