"""Optuna's samplers: how they are asked, told, and written into a journal."""
