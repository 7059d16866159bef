"""One folder a model family: what it declares, and the network that it builds of a config."""
