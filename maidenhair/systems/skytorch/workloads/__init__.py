"""Work for Computes: matrix products, training, functions and moves of tensors."""
