"""The experiment as a YAML file."""
