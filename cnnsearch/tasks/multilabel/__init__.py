"""The task multilabel: any number of labels a picture, also none."""
