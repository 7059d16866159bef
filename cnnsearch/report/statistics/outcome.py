"""How each trial of a study turned out, the unended ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cnnsearch.report.numbers import setting_of
from cnnsearch.study.study import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

_T = TypeVar("_T")

__all__ = [
    "INTERRUPTED",
    "OUTCOMES",
    "RUNNING",
    "described",
    "evenly",
    "outcomes",
    "spread",
    "winning",
]

INTERRUPTED, RUNNING = "INTERRUPTED", "RUNNING"
OUTCOMES = (*STATES, INTERRUPTED, RUNNING)


def outcomes(study: Study) -> dict[int, str]:
    """Trial -> how it turned out, in order of the numbers; one that has not ended is ``INTERRUPTED`` or ``RUNNING``."""
    found = {proposal.trial: _unended(study) for proposal in study.proposals}
    found.update({record.trial: record.state for record in study.records})
    return dict(sorted(found.items()))


def _unended(study: Study) -> str:
    """What a trial is that has not ended."""
    return RUNNING if study.is_live else INTERRUPTED


def winning(study: Study) -> TrialLine | None:
    """The line of the best trial in the search, also where finalists named it; ``None`` where there is none."""
    best = study.best
    return None if best is None else next(record for record in study.ranked if record.trial == best.trial)


def described(study: Study, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The searched parameters of a config, one text each: ``filters 16``."""
    space = study.experiment.space
    return tuple(f"{name} {setting_of(space[name], config[name])}" for name in space.searched if name in config)


def spread(study: Study, trials: list[int], limit: int, best: int = 30) -> list[int]:
    """At most ``limit`` of ``trials``: the ``best`` ranked ones, and an even sample of the rest by outcome."""
    if len(trials) <= limit:
        return trials
    known = set(trials)
    top = [record.trial for record in study.ranked if record.trial in known][:best]
    state = outcomes(study)
    rest = [trial for trial in trials if trial not in set(top)]
    groups = [[trial for trial in rest if state[trial] == outcome] for outcome in (*STATES, _unended(study))]
    room = limit - len(top) - len(groups)
    sampled = [trial for group in groups for trial in evenly(group, 1 + room * len(group) // len(rest))]
    return sorted([*top, *sampled])


def evenly(items: list[_T], number: int) -> list[_T]:
    """At most so many of ``items``, spread over their order, so that quantiles stay what they are."""
    if number >= len(items):
        return items
    return [items[index * len(items) // number] for index in range(number)]
