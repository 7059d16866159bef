"""Detection: boxes around what is on a picture, and the class of each."""
