"""This project against its peers: identical work, in one run, interleaved. ``python -m benchmarks --help``."""
