"""Texts as inputs: their vocabulary, and the tokens that a network is fed with."""
