"""Adjustment: that trials have other threads or epochs than was asked for, as one would not end within the minutes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.numbers import duration, plural

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["KEY", "Adjustment", "adjusted_as", "adjustment_in_words", "lasting_in_words"]

KEY = "adjusted"
"""In ``environment.json``."""


@dataclass(frozen=True)
class Adjustment:
    """What was asked for, and what is done.

    Attributes:
        seconds: of one trial as it was asked for, by the pace of some steps.
        expected: of one trial as it is done.
        minutes: of the budget.
        cpus: asked for and given.
        epochs: asked for and given.
        refit: whether the epochs are so many that the refit has room beside the trial.
    """

    seconds: float
    expected: float
    minutes: float
    cpus: tuple[int, int]
    epochs: tuple[int, int]
    refit: bool = False

    @property
    def text(self) -> str:
        """In words."""
        (asked_cpus, cpus), (asked, epochs) = self.cpus, self.epochs
        found = [f"one trial of {asked} epochs would take about {duration(self.seconds)}"]
        found[0] += f" on {plural(asked_cpus, 'thread')}, and budget.minutes is {self.minutes:g}"
        changes = []
        if cpus != asked_cpus:
            changes.append(f"on {plural(cpus, 'thread')}, so that fewer train at once")
        if epochs != asked:
            room = "so that the refit has room too" if self.refit else "so that their schedules end in time"
            changes.append(f"for {plural(epochs, 'epoch')}, {room}")
        done = f"trials train {' and '.join(changes)}: about {duration(self.expected)} each"
        return f"{found[0]}: {done}"

    def to_dict(self) -> dict[str, Any]:
        """As ``environment.json`` has it."""
        told = asdict(self)
        return {**told, "seconds": round(self.seconds, 1), "expected": round(self.expected, 1)}


def adjustment_in_words(environment: Mapping[str, Any]) -> str | None:
    """What a study's ``environment.json`` tells of it; ``None`` where all is as it was asked for."""
    found = _read(environment)
    return None if found is None else found.text


def lasting_in_words(environment: Mapping[str, Any], study: str) -> str | None:
    """That fewer epochs stay fewer, whatever minutes a study of that name gets, and what to do about it.

    ``None`` where there are as many as was asked for.
    """
    found = _read(environment)
    if found is None or found.epochs[0] == found.epochs[1]:
        return None
    asked, given = found.epochs
    return (
        f"More minutes do not change the {plural(given, 'epoch')} of a trial: with others the trials of this study "
        f"could not be compared. For {asked} begin a new study with more minutes, and with "
        f"start: [{json.dumps(f'study:{study}', ensure_ascii=False)}]"
    )


def adjusted_as(new: Experiment, environment: Mapping[str, Any]) -> Experiment:
    """An experiment with which a study goes on: what was asked for at first stands for what was done then."""
    found = _read(environment)
    if found is None:
        return new
    (cpus, given_cpus), (epochs, given) = found.cpus, found.epochs
    changes: dict[str, Any] = {}
    if new.epochs == epochs != given:
        changes["epochs"] = given
    if new.resources.cpus == cpus != given_cpus:
        changes["resources"] = new.resources.on(given_cpus)
    return new.model_copy(update=changes) if changes else new


def _read(environment: Mapping[str, Any]) -> Adjustment | None:
    try:
        told = dict(environment[KEY])
        cpus, epochs = (tuple(map(int, told[key])) for key in ("cpus", "epochs"))
        return Adjustment(**{**told, "cpus": cpus, "epochs": epochs})
    except (KeyError, TypeError, ValueError):
        return None
