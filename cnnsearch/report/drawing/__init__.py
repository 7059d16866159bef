"""How figures of all views are drawn."""
