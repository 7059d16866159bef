"""What the report shows of a classification."""
