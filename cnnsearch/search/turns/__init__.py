"""Turns: what a sweep does one after the other with the same workers."""
