"""Several trainings of one config that count as one trial: on several seeds, or on folds."""
