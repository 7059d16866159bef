"""The cache of the machine: what stages made, on disk, for this run and the next ones. It costs time at most."""
