"""What the frozen part of a backbone gives for every picture, computed once and kept."""
