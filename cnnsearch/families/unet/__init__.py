"""U-Nets: an encoder, a decoder, and connections between the two."""
