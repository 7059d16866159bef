"""One folder a task: what is predicted, and how it is judged."""
