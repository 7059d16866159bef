"""What may be named in an experiment file, declared without Keras, Ray or Optuna."""
