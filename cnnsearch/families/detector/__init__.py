"""Detectors: convolutional networks that tell boxes at each place of their maps."""
