"""What each way of compression costs and gains, on several sets of pictures."""
