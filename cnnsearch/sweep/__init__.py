"""The Ray edge: everything between an experiment and its trials on the workers.

Nothing is imported here: workers import what they need of it when they start, and pay for no more.
"""
