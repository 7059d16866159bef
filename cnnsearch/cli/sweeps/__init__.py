"""Commands that begin a sweep, go on with one, ask something of it or watch it."""
