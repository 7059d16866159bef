"""The front of a search for several objectives, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.experiment.costs import cost_in_units

if TYPE_CHECKING:
    from cnnsearch.study.record.lines import Ended
    from cnnsearch.study.study import Study

__all__ = ["aims_of", "front_as_json", "front_in_words"]


def aims_of(study: Study, line: Ended) -> dict[str, float | None]:
    """All objectives of a training that ended, by name."""
    objective = study.experiment.objective
    return {objective.metric: line.value, **{name: cost_in_units(name, line.cost) for name in objective.beside}}


def front_as_json(study: Study) -> list[dict[str, Any]]:
    """The trials of the front with their objectives, best metric first."""
    return [{"trial": line.trial, **aims_of(study, line)} for line in study.front]


def front_in_words(study: Study) -> str:
    """Which trials no other one beats, and which of them is chosen; empty where there is one objective."""
    best, choose = study.best, study.experiment.choose
    if not study.front or best is None:
        return ""
    *others, last = study.experiment.objective.names
    names = f"{', '.join(others)} and {last}" if others else last
    trials = [str(line.trial) for line in study.front]
    shown = ", ".join(trials[:10]) + (f" and {len(trials) - 10} more" if len(trials) > 10 else "")
    one = len(trials) == 1
    which = f"trial {shown} beats all others" if one else f"no other trial beats one of these {len(trials)}: {shown}"
    return f"In {names} {which}. Trial {best.trial} is chosen: {choose}."
