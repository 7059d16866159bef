"""Schedulers: each stops trials that are weaker than others."""
