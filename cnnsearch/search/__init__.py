"""What decides: which configs are tried, which trials go on. Knows nothing of Ray.

Nothing is imported here: an experiment needs the specs of its schedulers, and pays for no more.
"""
