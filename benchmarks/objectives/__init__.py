"""Searches for two objectives on NAS-Bench-201, beside Optuna's own."""
