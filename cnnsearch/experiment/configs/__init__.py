"""Configs of an experiment's space: which may be, and which are advised."""
