"""The record on object storage: immutable numbered segments of lines, put whole, merged when read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["MERGE_AT", "Segment", "segments_among", "segments_folder"]

MERGE_AT = 200
"""Segments of one file of the record that are made one, so that reading a long sweep's takes few requests."""

_NAME = re.compile(r"(\d{6,})(?:-(\d{6,}))?\.([0-9a-f]+)\.jsonl")


@dataclass(frozen=True, order=True)
class Segment:
    """One object, or several that were made one.

    Attributes:
        first, last: numbers that it covers; equal unless it was merged.
        writer: who wrote it, so that a process which lost its hold on the study overwrites nothing.
    """

    first: int
    last: int
    writer: str

    @property
    def name(self) -> str:
        """Of the object, in the folder of the segments."""
        numbers = f"{self.first:06d}" if self.first == self.last else f"{self.first:06d}-{self.last:06d}"
        return f"{numbers}.{self.writer}.jsonl"


def segments_folder(name: str) -> str:
    """``trials`` of ``trials.jsonl``."""
    return name.removesuffix(".jsonl")


def segments_among(names: Iterable[str]) -> list[Segment]:
    """The segments that hold each line once, in the order of writing: none that a merged one covers."""
    found = []
    for name in names:
        match = _NAME.fullmatch(name.rpartition("/")[2])
        if match:
            first, last, writer = match.groups()
            found.append(Segment(int(first), int(last or first), writer))
    kept: list[Segment] = []
    for segment in sorted(found, key=lambda one: (one.first, -one.last, one.writer)):
        merged = kept[-1] if kept else None
        if merged is None or segment.last > merged.last or merged.first == merged.last:
            kept.append(segment)
    return kept
