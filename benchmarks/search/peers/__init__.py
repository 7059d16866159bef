"""Searches by code of others, a file each, on the simulated clock."""
