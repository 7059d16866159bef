"""The folder of a study: its place, its hold, its packing, and what belongs to its end."""
