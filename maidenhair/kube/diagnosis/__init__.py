"""What is collected of a failed spec, and the explanation of why an object is not as expected."""
