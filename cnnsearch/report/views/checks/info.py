"""What the checks of the data found, with pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.data.checks.finding import RecordedFinding, Seen
from cnnsearch.data.checks.recorded import recorded_findings
from cnnsearch.errors import StorageError
from cnnsearch.report.statistics.kept_mistakes import address_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["ChecksInfo", "Found", "Shown", "checks_info"]

_FOLDER = "checks/"


@dataclass(frozen=True)
class Shown:
    """A picture.

    Attributes:
        name: what the user knows it by.
        label: what is to be predicted of it.
        source: the picture as a ``data:`` address; ``None``: the study has it not.
    """

    name: str
    label: str
    source: str | None


@dataclass(frozen=True)
class Found:
    """One finding.

    Attributes:
        check: its name.
        text: in a sentence.
        action: what the experiment says of it.
        examples: pictures, those that belong together in one.
    """

    check: str
    text: str
    action: str
    examples: tuple[tuple[Shown, ...], ...]


@dataclass(frozen=True)
class ChecksInfo:
    """All findings, the doubtful ones first."""

    found: tuple[Found, ...]


def checks_info(study: Study) -> ChecksInfo:
    actions = study.experiment.checks
    found = recorded_findings(study.environment.get("dataset", {}))
    return ChecksInfo(tuple(_found(study, each, actions.get(each.check, "")) for each in found))


def _found(study: Study, finding: RecordedFinding, action: str) -> Found:
    examples = tuple(tuple(_shown(study, one) for one in example) for example in finding.examples)
    return Found(finding.check, finding.text, action, examples)


def _shown(study: Study, seen: Seen) -> Shown:
    try:
        is_ours = seen.file.startswith(_FOLDER) and ".." not in seen.file
        source = address_of(study.store, seen.file) if is_ours else None
    except (FileNotFoundError, StorageError, ValueError):
        source = None
    return Shown(seen.name, seen.label, source)
