"""Who took over from whom, and which config was in force when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.space import shown

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import ReleaseLine

__all__ = ["LineageInfo", "Takeover", "lineage_info"]


@dataclass(frozen=True)
class Takeover:
    """A trial that went on with what another one had.

    Attributes:
        epoch: after which.
        source: the other one.
        changes: parameters that its config had otherwise before: name, value before, value since.
        mutations: parameters that the other one has otherwise: name, the other's value, its own.
    """

    trial: int
    epoch: int
    source: int
    changes: tuple[tuple[str, str, str], ...]
    mutations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class LineageInfo:
    """All takeovers, in order of their epochs.

    Attributes:
        origins: trials that took over -> the trials whose weights theirs descend from, the latest first.
    """

    takeovers: tuple[Takeover, ...]
    origins: Mapping[int, tuple[int, ...]]


def lineage_info(study: Study) -> LineageInfo:
    """Of a study; empty where no trial took over from another."""
    lines = sorted(
        (line for each in study.takeovers.values() for line in each), key=lambda line: (line.epoch, line.trial)
    )
    configs: dict[int, Mapping[str, Any]] = {line.trial: line.config for line in study.proposals}
    origins: dict[int, tuple[int, ...]] = {}
    found: list[Takeover] = []
    place = 0
    while place < len(lines):
        # At one meeting all are compared before anybody takes over: a source has what it had before.
        meeting = [line for line in lines[place:] if line.epoch == lines[place].epoch]
        met = [(_takeover(line, configs), line) for line in meeting]
        before = dict(origins)
        for takeover, line in met:
            found.append(takeover)
            origins[line.trial] = (takeover.source, *before.get(takeover.source, ()))
            configs[line.trial] = line.config or {}
        place += len(meeting)
    return LineageInfo(tuple(found), {trial: origins[trial] for trial in sorted(origins)})


def _takeover(line: ReleaseLine, configs: Mapping[int, Mapping[str, Any]]) -> Takeover:
    source, now = line.source if line.source is not None else line.trial, line.config or {}
    changes, mutations = (tuple(_changes(configs[trial], now)) for trial in (line.trial, source))
    return Takeover(line.trial, line.epoch, source, changes, mutations)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, value in now.items():
        if before.get(name) != value:
            yield name, str(shown(before.get(name))), str(shown(value))
