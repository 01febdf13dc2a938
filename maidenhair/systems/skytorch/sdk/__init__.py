"""SkyTorch's Python SDK, as programs of users call it."""
