"""Distillation: a smaller network that learns what the best model tells, beside the targets."""
