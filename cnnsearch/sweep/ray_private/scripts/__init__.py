"""Run by Ray in place of programs of its own; each is a process of its own and imports nothing of this package."""
