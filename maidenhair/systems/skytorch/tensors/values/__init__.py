"""Tensors in this process: their data, layouts and views, test patterns, and conversion from and to torch."""
