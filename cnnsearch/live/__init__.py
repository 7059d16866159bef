"""The page of a sweep while it runs, served on this machine alone."""
