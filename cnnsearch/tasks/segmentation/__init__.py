"""A class for each pixel of a picture: masks."""
