"""How the keys of an experiment may be given, one file a key: in full, in short, or as Python objects."""
