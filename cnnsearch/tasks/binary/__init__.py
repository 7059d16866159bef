"""Two classes, one of which is to be found: one number a picture."""
