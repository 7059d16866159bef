"""What decides, without Ray: which configs run, which stop, which are trained again."""
