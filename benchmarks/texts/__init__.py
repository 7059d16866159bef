"""Searches of texts beside a linear model of words, and beside KerasTuner."""
