"""Transformers of texts: blocks of attention over their tokens."""
