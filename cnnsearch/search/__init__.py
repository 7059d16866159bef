"""What decides, without Ray: what is tried next, what is stopped, and what a worker is given to do."""
