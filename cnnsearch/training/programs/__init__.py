"""The compiled program of one structure, and what it is made of."""
