"""Calls of SkyTorch's gRPC services: protocol, requests, chunks, transfers, functions, health and metrics."""
