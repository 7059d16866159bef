"""Where a study keeps the pictures on which its best model was most wrong."""

from __future__ import annotations

__all__ = ["FOLDER", "LISTED", "looked_at"]

FOLDER = "best/mistakes"

LISTED = f"{FOLDER}/mistakes.json"
"""What there is, the worst first."""


def looked_at(file: str, folder: str = FOLDER) -> str:
    """Where it is kept where the network looked in one of the pictures: a PNG file to be laid over it."""
    return f"{folder}/{file.removesuffix('.png')}.looked.png"
