"""Code of the user's own that an experiment names: where it stands, how it is imported, what a study records of it."""
