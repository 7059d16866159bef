"""Shortening: that less followed the search than was asked for, as the budget left no time for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.numbers import duration, plural, times_in_words

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.experiment.sections import Finalists
    from cnnsearch.study.store import Store

__all__ = [
    "KEY",
    "Shortening",
    "asked_again",
    "refits_what_lasted",
    "shortened_as",
    "shortened_in_words",
    "with_all_epochs",
]

KEY = "shortened"
"""In ``environment.json``."""

_LASTING = "refit_lasting"
_TIMES = "refit_times"


@dataclass(frozen=True)
class Shortening:
    """What there was too little time for.

    Attributes:
        asked, given: finalists; ``None``: none.
        left: seconds.
        refit: seconds that the refit, or the ensemble, would have taken, where it is left out.
        final: which of the two.
        networks: of an ensemble as many as were asked for, and as there are, 0 where it is left out; ``None``: as many.
        lasting: what patience ended is trained again for the epochs that lasted, not for all.
        times: how many times as long as a trial the refit was to be, and is, where that is less.
    """

    asked: Finalists | None
    given: Finalists | None
    left: float
    refit: float | None = None
    final: str = "refit"
    networks: tuple[int, int] | None = None
    lasting: bool = False
    times: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """In words."""
        return _in_words(self._told)

    def write(self, store: Store) -> None:
        """Into what the study says of itself."""
        store.write_json("environment.json", {**store.read_json("environment.json"), KEY: self._told})

    @property
    def _told(self) -> dict[str, Any]:
        asked, given = (None if each is None else each.model_dump() for each in (self.asked, self.given))
        told = {"asked": asked, "given": given, "seconds_left": round(self.left, 1)}
        if self.networks is not None:
            told["networks"] = {"asked": self.networks[0], "given": self.networks[1]}
        if self.lasting:
            told[_LASTING] = True
        if self.times is not None:
            told[_TIMES] = {"asked": self.times[0], "given": self.times[1]}
        return told if self.refit is None else {**told, f"{self.final}_seconds": round(self.refit, 1)}


def refits_what_lasted(environment: Mapping[str, Any]) -> bool:
    """Whether there was too little time to train for all epochs again what patience had ended."""
    told = environment.get(KEY)
    return isinstance(told, Mapping) and told.get(_LASTING) is True


def with_all_epochs(environment: Mapping[str, Any]) -> dict[str, Any]:
    """What a study that has another budget now says: whether there is time for all epochs shows when that is over."""
    told = environment.get(KEY)
    if not isinstance(told, Mapping):
        return dict(environment)
    return {**environment, KEY: {key: value for key, value in told.items() if key != _LASTING}}


def shortened_in_words(environment: Mapping[str, Any]) -> str | None:
    """What a study's ``environment.json`` tells of it; ``None`` where all that was asked for had time."""
    told = environment.get(KEY)
    try:
        return None if told is None else _in_words(told)
    except (KeyError, TypeError, ValueError):
        return None


def shortened_as(new: Experiment, old: Experiment, environment: Mapping[str, Any]) -> Experiment:
    """An experiment with which a study of ``old`` goes on: what was asked for stands for what there was time for.

    Whoever has another budget asks for it anew.
    """
    told = environment.get(KEY)
    if not isinstance(told, Mapping) or new.budget != old.budget:
        return new
    changes: dict[str, Any] = {}
    finalists = None if new.finalists is None else new.finalists.model_dump()
    if finalists == told.get("asked") != told.get("given"):
        changes["finalists"] = old.finalists
    if f"{new.final}_seconds" in told:
        changes["final"] = old.final
    if new.ensemble is not None and new.ensemble == told.get("networks", {}).get("asked"):
        changes["ensemble"] = old.ensemble
    if new.refit_times == told.get(_TIMES, {}).get("asked"):
        changes["refit_times"] = old.refit_times
    return new.model_copy(update=changes) if changes else new


def asked_again(new: Experiment, old: Experiment, environment: Mapping[str, Any]) -> Experiment:
    """With all that was asked for at first, for which a study of ``old`` gets more minutes now.

    What somebody changed since is as they have it.
    """
    told = environment.get(KEY)
    if not isinstance(told, Mapping):
        return new
    changes: dict[str, Any] = {}
    if new.finalists == old.finalists and told.get("asked") != told.get("given"):
        changes["finalists"] = told["asked"]
    left_out = next((final for final in ("refit", "ensemble") if f"{final}_seconds" in told), None)
    if left_out is not None and new.final == old.final:
        changes["final"] = left_out
    if "networks" in told and new.ensemble == old.ensemble:
        changes["ensemble"] = told["networks"]["asked"]
    if _TIMES in told and new.refit_times == old.refit_times:
        changes["refit_times"] = told[_TIMES]["asked"]
    return new.updated(changes) if changes else new


def _in_words(told: Mapping[str, Any]) -> str:
    found = []
    given, asked = told["given"], told["asked"]
    if given != asked:
        what = "no finalists"
        if given is not None:
            what = f"{plural(given['top'], 'finalist')} on {given['seeds']} fresh seeds"
        wanted = f"{asked['top']} on {asked['seeds']}"
        left = duration(told["seconds_left"])
        found.append(f"budget.minutes left {left}, enough for {what}, where {wanted} were asked for")
    if (networks := told.get("networks")) is not None and networks["given"]:
        count = networks["given"]
        what = "one network to be trained again" if count == 1 else f"an ensemble of {count}"
        left = duration(told["seconds_left"])
        found.append(
            f"budget.minutes left {left}, enough for {what}, where an ensemble of {networks['asked']} was asked for"
        )
    if (refit := told.get("refit_seconds")) is not None:
        found.append(
            f"the refit would have taken about {duration(refit)}, for which budget.minutes had too little room beside "
            "the search, so it was left out"
        )
    if told.get(_LASTING) is True:
        found.append(
            f"budget.minutes left {duration(told['seconds_left'])}, too little to train the refit for all epochs, so "
            "it has those that its trial had"
        )
    if (times := told.get(_TIMES)) is not None and "refit_seconds" not in told:
        rest = "so it is as long" if times["given"] == 1 else f"so it is {times_in_words(times['given'])} as long"
        asked = times_in_words(times["asked"])
        left = duration(told["seconds_left"])
        found.append(f"budget.minutes left {left}, too little for a refit {asked} as long as its trial, {rest}")
    if (ensemble := told.get("ensemble_seconds")) is not None:
        found.append(
            f"the ensemble would have taken about {duration(ensemble)}, or there were no two finalists for it, "
            "so it was left out"
        )
    return "; ".join(found)
