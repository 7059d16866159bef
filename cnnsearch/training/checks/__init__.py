"""Whether a config can be trained at all: asked before it is, a file a reason."""
