"""Pages that are served on this machine: of a sweep while it runs, and of a model that answers."""
