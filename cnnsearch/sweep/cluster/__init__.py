"""Ray itself: started or joined, its nodes, its death, and sweeps that are submitted to it."""
