"""Zip files of a stranger's: how much they may hold, asked before anything is unpacked.

A kilobyte of zeros is a byte in a zip, so a file of megabytes may hold gigabytes. What a member declares is all that
Python's reader gives of it, so that sizes that lie are a damage and not a flood.
"""

from __future__ import annotations

import zipfile

__all__ = ["MOST_MEMBERS", "MOST_RATIO", "UNSUSPECTED", "sizes_problem"]

MOST_MEMBERS = 200_000

MOST_RATIO = 100
"""Bytes that may come of one byte: records of real sweeps shrink to a tenth, black pictures to a hundredth."""

UNSUSPECTED = 2**30
"""Bytes that are no harm, whatever they come of."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What this project, Keras and NumPy write; others may take memory as they like."""


def sizes_problem(archive: zipfile.ZipFile, size: int) -> str | None:
    """Why a zip file is not unpacked, in words that follow its name; ``None`` where its sizes are fine.

    Args:
        archive: opened.
        size: bytes of the file.
    """
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        return f"has {len(members):,} members, and at most {MOST_MEMBERS:,} are unpacked"
    for member in members:
        if member.compress_type not in _METHODS:
            return f"has {member.filename!r} compressed by method {member.compress_type}; only deflate is read"
        if member.flag_bits & 1:
            return f"has {member.filename!r} encrypted, which is not read"
    total = sum(member.file_size for member in members)
    if total > max(UNSUSPECTED, MOST_RATIO * size):
        return (
            f"would unpack to {total / 2**30:.1f} GB, {total // max(1, size):,} times its own size, and beyond "
            f"{MOST_RATIO} times that is refused"
        )
    return None
