"""Calls of SkyTorch's tensor service: its protocol, messages in chunks, requests, transfers, functions, metrics."""
