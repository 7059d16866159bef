"""The command line: one file a group of commands. Nothing here computes; it asks, shows and sets the exit code."""

from cnnsearch.cli.app import main

__all__ = ["main"]
