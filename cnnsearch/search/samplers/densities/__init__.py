"""Configs as rows of numbers, and densities over them."""
