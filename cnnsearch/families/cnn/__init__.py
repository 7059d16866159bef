"""Plain convolutional networks."""
