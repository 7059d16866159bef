"""A process that reads batches of picture files until its input ends; ``readers.py`` starts it.

It imports what decodes pictures and nothing else: no TensorFlow, and not the program that wants the pictures.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import warnings

from PIL import Image

from cnnsearch.inputs.pictures.batches import read_batch

__all__ = ["main"]


def main() -> None:
    """Answer each batch of standard input on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is interrupted ends this process too
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS, read, pixels = pickle.load(sys.stdin.buffer)
    while True:
        try:
            batch = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(read_batch(read, pixels, batch), answers)
        answers.flush()
