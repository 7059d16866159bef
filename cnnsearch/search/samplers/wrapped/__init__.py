"""Samplers around another one: what comes first, what comes beside it, and what never comes twice."""
