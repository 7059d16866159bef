"""The data sources: what each takes, and its loader."""
