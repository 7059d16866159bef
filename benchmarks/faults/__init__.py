"""Faults: drivers, workers and nodes that are killed at random moments, a full disk, trials that cannot be."""
