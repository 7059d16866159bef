"""A search beside no search: what the files of ``search_spaces/`` come to, and what plain Keras does in that time."""
