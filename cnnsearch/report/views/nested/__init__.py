"""What to expect on new pictures, by nested cross-validation."""
