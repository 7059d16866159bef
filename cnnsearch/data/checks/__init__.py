"""What may be wrong with the data, looked for before the first trial: a file a check, and a line in ``spec``."""
