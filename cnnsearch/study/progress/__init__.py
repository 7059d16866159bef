"""How far a sweep is, what ends it, and how long the rest will take: by its record alone."""
