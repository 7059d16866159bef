"""What decides, without Ray: what is tried next, what is stopped, what a worker is given to do.

Nothing is imported here: an experiment needs the specs of its schedulers, and pays for no more.
"""
