"""What must be told of the data before a result is trusted, in sentences, from what ``environment.json`` says of it.

Each function takes the section ``dataset`` of that file; what a study of an earlier version does not say is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.data.checks.recorded import recorded_findings
from cnnsearch.data.left_out import LeftOut

__all__ = ["Remark", "about_files", "about_findings", "about_reading", "about_test", "doubts", "remarks"]

Described = Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """Something to tell, with the particulars one a line."""

    text: str
    details: tuple[str, ...] = ()


def remarks(described: Described, test: float) -> tuple[Remark, ...]:
    """All that there is to tell, the gravest first.

    Args:
        described: the section ``dataset``.
        test: the share ``dataset.test`` of the experiment.
    """
    expected = [left for left in _left_out(described) if left.expected]
    return (
        *doubts(described, test),
        *_harmless(described),
        *([Remark("Not read, as it is no part of the data.", tuple(map(str, expected)))] if expected else []),
    )


def doubts(described: Described, test: float) -> tuple[Remark, ...]:
    """What may make a result worth less; arguments as of :func:`remarks`."""
    return (
        *about_findings(described),
        *about_test(described, test),
        *about_reading(described),
        *about_files(described),
    )


def about_findings(described: Described) -> Iterator[Remark]:
    """What the checks found that may make a result worth less."""
    for finding in recorded_findings(described):
        if finding.doubtful:
            yield Remark(finding.text)


def about_test(described: Described, test: float) -> Iterator[Remark]:
    """A test split that was asked for, and is not there."""
    counts = described.get("counts", {})
    if test and any(counts.get("validation", {}).values()) and not any(counts.get("test", {}).values()):
        yield Remark(
            f"There is no test split: the data brings a validation split of its own and none for the test, so that "
            f"the share {test:g} of dataset.test is not drawn."
        )


def about_reading(described: Described) -> Iterator[Remark]:
    """How the data was read, where that may not be how it was meant."""
    for note in described.get("notes", ()):
        yield Remark(f"{note[:1].upper()}{note[1:]}.")


def about_files(described: Described) -> Iterator[Remark]:
    """Files that are not used as they are, and what somebody may miss."""
    for text in described.get("altered") or ():
        yield Remark(f"{text[:1].upper()}{text[1:]}.")
    missed = [left for left in _left_out(described) if not left.expected]
    if missed:
        yield Remark("Some of what lies in the data took no part.", tuple(map(str, missed)))


def _harmless(described: Described) -> Iterator[Remark]:
    if (weights := described.get("weights")) is not None:
        yield Remark(
            f"Training pictures count from {weights['low']:g} to {weights['high']:g} in the loss of training, in "
            "relation to their mean; every metric and the loss of validation count each picture alike."
        )
    for finding in recorded_findings(described):
        if not finding.doubtful:
            yield Remark(finding.text)


def _left_out(described: Described) -> list[LeftOut]:
    return [LeftOut.from_dict(line) for line in described.get("left_out", ())]
