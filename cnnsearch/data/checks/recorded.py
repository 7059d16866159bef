"""What a study says that the checks of its data found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.data.checks.copies import ADJECTIVES, CONSEQUENCES
from cnnsearch.data.checks.finding import RecordedFinding, Seen

__all__ = ["recorded_findings"]

_FORMER = {
    "across": "{count:,} of {total:,} {held} pictures are exact copies of {seen} pictures",
    "labels": "{count:,} of {total:,} pictures are copies of each other with other labels: one of the labels is wrong",
    "repeated": "{count:,} of {total:,} pictures are exact copies of another one of their class and split",
}
"""What studies said of copies before there were other checks."""


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
        splits = {name: ADJECTIVES[line[name]] for name in ("held", "seen") if name in line}
        text = _FORMER[line["kind"]].format(count=line["count"], total=line["total"], **splits)
        follows = f": {CONSEQUENCES[line['held'], line['seen']]}" if splits else ""
        yield RecordedFinding(check, f"{text}{follows}.", line["count"], line["kind"] != "repeated", examples)
    unreadable = described.get("unreadable") or ()
    if unreadable:
        files = "file" if len(unreadable) == 1 else "files"
        yield RecordedFinding(
            "unreadable",
            f"{len(unreadable)} {files} could not be read and took no part, as {unreadable[0]}.",
            len(unreadable),
        )
