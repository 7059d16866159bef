"""Pictures with boxes: the forms in which they are kept."""
