"""Searches on learning curves that are known, in simulated time: who finds good configs with the least work."""
