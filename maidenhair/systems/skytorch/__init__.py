"""SkyTorch: its stack, its Compute objects, its SDK and the way to its servers."""
