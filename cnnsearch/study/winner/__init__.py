"""What a search has won: the best model and what stands in its place, as a study keeps and records them."""
