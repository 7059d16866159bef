"""What a trial trains on and is judged by, as TensorFlow takes it."""
