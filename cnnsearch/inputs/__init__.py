"""What is read: pictures."""
