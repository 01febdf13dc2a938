"""SkyTorch as a system under test: its stack, its Compute objects, its SDK and a tensor client of its servers."""
