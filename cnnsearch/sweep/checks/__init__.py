"""What is looked at before the first trial, so that what fails for all costs none."""
