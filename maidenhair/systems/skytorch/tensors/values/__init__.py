"""Tensors as values in this process: their data, layouts and views, test patterns, conversion from and to torch."""
