"""SkyTorch's Python SDK, driven as users' programs call it."""
