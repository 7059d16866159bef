"""What a study says that the checks of its data found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.data.checks.copies import ADJECTIVES, CONSEQUENCES, pictures_of
from cnnsearch.data.checks.finding import RecordedFinding, Seen, are_of

__all__ = ["recorded_findings"]


def recorded_findings(described: Mapping[str, Any]) -> tuple[RecordedFinding, ...]:
    """Of the section ``dataset`` of ``environment.json``, the doubtful ones first; studies of any version."""
    if "findings" in described:
        found = [RecordedFinding.from_dict(line) for line in described["findings"]]
    else:
        found = list(_former(described))
    return tuple(sorted(found, key=lambda finding: not finding.doubtful))


def _former(described: Mapping[str, Any]) -> Iterator[RecordedFinding]:
    for line in described.get("copies", ()):
        check = "conflicting_labels" if line["kind"] == "labels" else "duplicates"
        examples = tuple((Seen(name, ""),) for name in line["names"])
        yield RecordedFinding(check, _of_copies(line), line["count"], line["kind"] != "repeated", examples)
    unreadable = described.get("unreadable") or ()
    if unreadable:
        files = "file" if len(unreadable) == 1 else "files"
        yield RecordedFinding(
            "unreadable",
            f"{len(unreadable)} {files} could not be read and took no part, as {unreadable[0]}.",
            len(unreadable),
        )


def _of_copies(line: Mapping[str, Any]) -> str:
    """What studies said of copies before there were other checks."""
    count, total = line["count"], line["total"]
    copies, their = ("an exact copy", "its") if count == 1 else ("exact copies", "their")
    if line["kind"] == "labels":
        return f"{are_of(count, total)} copies of each other with other labels: one of the labels is wrong."
    if line["kind"] == "repeated":
        return f"{are_of(count, total)} {copies} of another one of {their} class and split."
    held, seen = line["held"], line["seen"]
    many = are_of(count, total, ADJECTIVES[held])
    return f"{many} {copies} of {pictures_of(seen, count)}: {CONSEQUENCES[held, seen]}."
