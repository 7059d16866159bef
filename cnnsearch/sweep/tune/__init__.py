"""Ray Tune: what it is given, what it calls, and where its inside is replaced."""
