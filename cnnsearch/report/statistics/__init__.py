"""What several views compute of a study."""
