"""Data at addresses: downloaded once, and kept on this machine."""
