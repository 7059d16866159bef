"""A Ray that stays between commands: a process of this user keeps it from ``cnnsearch up`` to ``cnnsearch down``."""
