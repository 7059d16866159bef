"""Modern blocks and Vision Transformers beside plain networks, on the same pictures of Fashion-MNIST."""
