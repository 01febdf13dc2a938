"""What specs compute on a Compute: matrix products, training, functions and copies."""
