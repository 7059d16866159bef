"""What is wrong with an experiment, one file a kind, in words for whoever wrote it."""
