"""Failed trials, grouped by cause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import setting_of
from cnnsearch.space import value_key

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["FailureGroup", "FailuresInfo", "failures_info"]

FEWEST_ALIKE = 3
"""Of fewer failures it is no news that they share a setting."""

_KINDS = (
    (r"out of memory|\boom\b|resourceexhausted|memoryerror", "out of memory"),
    (r"impossible architecture", "impossible architecture"),
    (r"as it breaks limits", "over a limit"),
    (r"diverged|not finite|\bnan\b|\binf\b", "training diverged"),
    (r"worker died|node .*died|killed", "worker died"),
)


@dataclass(frozen=True)
class FailureGroup:
    """Failures of one cause.

    Attributes:
        kind: ``out of memory``, ``impossible architecture``, ``over a limit``, ``training diverged``, ``worker died``
            or ``error``.
        reason: of the first of them; the others differ in numbers and quoted names only.
        trials: their numbers.
        share: of all failed trials.
        seconds: that they took together.
        alike: settings that all of them have and at most half of the other ended trials, one text each; of at least
            :data:`FEWEST_ALIKE` trials.
    """

    kind: str
    reason: str
    trials: tuple[int, ...]
    share: float
    seconds: float
    alike: tuple[str, ...]


@dataclass(frozen=True)
class FailuresInfo:
    """The groups, largest first.

    Attributes:
        failed, ended: numbers of trials.
    """

    groups: tuple[FailureGroup, ...]
    failed: int
    ended: int


def failures_info(study: Study) -> FailuresInfo:
    groups: dict[tuple[str, str], list[TrialLine]] = {}
    failed = [record for record in study.records if record.state == "FAILED"]
    for record in failed:
        reason = record.reason or "no reason recorded"
        groups.setdefault((_kind(reason), _pattern(reason)), []).append(record)
    found = [_group(study, kind, records, len(failed)) for (kind, _), records in groups.items()]
    found.sort(key=lambda group: (-len(group.trials), group.trials))
    return FailuresInfo(tuple(found), len(failed), len(study.records))


def _kind(reason: str) -> str:
    return next((kind for pattern, kind in _KINDS if re.search(pattern, reason, re.IGNORECASE)), "error")


def _pattern(reason: str) -> str:
    """The reason without what differs between failures of one cause: numbers, and what stands in quotes."""
    return re.sub(r"\s+", " ", re.sub(r"'[^']*'|\"[^\"]*\"|0x[0-9a-f]+|\d+(\.\d+)?(e[+-]?\d+)?", "#", reason)).strip()


def _group(study: Study, kind: str, records: list[TrialLine], failed: int) -> FailureGroup:
    trials = {record.trial for record in records}
    others = [record.config for record in study.records if record.trial not in trials]
    return FailureGroup(
        kind=kind,
        reason=records[0].reason or "no reason recorded",
        trials=tuple(record.trial for record in records),
        share=len(records) / failed,
        seconds=sum((record.worked_seconds for record in records), 0.0),
        alike=_alike(study, [record.config for record in records], others) if len(records) >= FEWEST_ALIKE else (),
    )


def _alike(study: Study, configs: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    found = []
    for name in study.experiment.space.searched:
        keys = {value_key(config[name]) if name in config else None for config in configs}
        if len(keys) != 1 or None in keys:
            continue
        sharing = sum(name in config and value_key(config[name]) in keys for config in others)
        if 2 * sharing <= len(others):
            found.append(f"{name} {setting_of(study.experiment.space[name], configs[0][name])}")
    return tuple(found)
