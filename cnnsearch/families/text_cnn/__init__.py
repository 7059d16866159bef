"""Convolutional networks of texts."""
