"""Stages: what is computed once a sweep and shared by all workers."""
