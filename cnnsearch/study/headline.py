"""The one number that a study is known by, and the others of its winner: what each of them is, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cnnsearch.experiment.costs import cost_in_units
from cnnsearch.experiment.evaluation import folds_in_words
from cnnsearch.numbers import score
from cnnsearch.study.endings import cut_off_in_words
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.winner.best_model import first_reading, read_note
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.experiment.evaluation import CrossValidation
    from cnnsearch.study.record.lines import TrialLine
    from cnnsearch.study.study import Study
    from cnnsearch.study.winner.winner import Best

__all__ = ["Headline", "Number", "headline_of"]


@dataclass(frozen=True)
class Number:
    """One number of a winner.

    Attributes:
        name: what it is.
        value: in full.
        pictures: that it was computed over; 0 of a cost, or where that is not known.
    """

    name: str
    value: float
    pictures: int = 0

    @property
    def text(self) -> str:
        """With the digits that the pictures bear."""
        return score(self.value, self.pictures)


@dataclass(frozen=True)
class Headline:
    """What the winner of a study came to.

    Of nested cross-validation the number is the mean over its outer folds, each unseen by a search. Else, where
    finalists were trained, it is the mean over fresh seeds: the search's value is the largest of many and too good,
    that of the model in ``best/`` is one training. Else it is the search's, and is called so.

    Attributes:
        metric: name of the objective.
        kind: ``nested``, ``finalists`` or ``search``: whence :attr:`value` is.
        trial: the winner.
        state: how it ended in the search.
        early: why it ended there before its last epoch, in words; empty where it went on, or came to its end by itself.
        search: its value there.
        mean, seeds: over so many fresh seeds; ``None`` and 0 where there are no finalists.
        run: of it as a finalist, whose model is in ``best/``; ``None``: that is the trial's own.
        model: value of that model; of a refitted one, and of an ensemble of folds, ``None``, as nothing may judge it.
        refitted: whether the model in ``best/`` saw the validation pictures too.
        ensemble: whether it is the mean of several.
        judged: the metric that its task is told by first.
        beside: costs of its model in the search that are objectives as well, by name.
        outer: of nested cross-validation, the metric on each outer fold; empty where not all have been judged.
        repeats: seeds that the value in the search is a mean over.
        folds: of cross-validation, over which the value in the search is a mean, or that of each fresh seed, as
            ``5 folds``; empty where there are none.
        test: what that model gave on the test split, by metric, with ``count`` pictures; ``None`` where that was not
            read.
        pictures: of the validation split, over which all of these are but the last; 0 where the record does not tell.
    """

    metric: str
    kind: Literal["nested", "finalists", "search"]
    trial: int
    state: str
    search: float
    mean: float | None = None
    seeds: int = 0
    run: int | None = None
    model: float | None = None
    judged: str = ""
    refitted: bool = False
    ensemble: bool = False
    test: Mapping[str, Any] | None = None
    repeats: int = 1
    folds: str = ""
    early: str = ""
    beside: tuple[tuple[str, float], ...] = ()
    pictures: int = 0
    outer: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The number."""
        if self.outer:
            return math.fsum(self.outer) / len(self.outer)
        return self.search if self.mean is None else self.mean

    @property
    def said(self) -> str:
        """The number, with the digits that the validation pictures bear."""
        return score(self.value, self.pictures)

    @property
    def name(self) -> str:
        """What it is: ``mean val_accuracy over 3 fresh seeds``."""
        if self.kind == "nested":
            return f"expected {metric_of(self.metric)}, mean over {self.basis}"
        return self._searched if self.kind == "search" else self._meant

    @property
    def basis(self) -> str:
        """Whence it is, in short: ``5 outer folds``, ``3 fresh seeds`` or ``the search``."""
        if self.kind == "nested":
            return f"{len(self.outer)} outer folds"
        return "the search" if self.kind == "search" else self._fresh

    @property
    def others(self) -> tuple[Number, ...]:
        """The winner's other numbers, each with what it is."""
        found = []
        if self.kind == "nested" and self.mean is not None:
            found.append(Number(self._meant, self.mean, self.pictures))
        if self.kind != "search":
            found.append(Number(self._searched, self.search, self.pictures))
        found += [Number(f"{name} in the search", value) for name, value in self.beside]
        if self.model is not None and (self.mean is not None or self.repeats > 1):
            run = f" (run {self.run})" if self.mean is not None and not self.ensemble else ""
            found.append(Number(f"{self.metric} of {self.shipped} in best/{run}", self.model, self.pictures))
        on_test = (self._on_test(name) for name in dict.fromkeys((self.judged, metric_of(self.metric))))
        return (*found, *(number for number in on_test if number is not None))

    @property
    def tested(self) -> Number | None:
        """What the model in ``best/`` gave on the test split: of the objective, else of what its task is told by first.

        Where it stands, it is what to expect of that model: by the validation pictures models were chosen.
        """
        return self._on_test(metric_of(self.metric)) or self._on_test(self.judged)

    def _on_test(self, metric: str) -> Number | None:
        value = None if self.test is None else self.test.get(metric)
        if self.test is None or value is None:
            return None
        name = f"{metric} of {self.shipped} in best/ on the test split"
        return Number(name, value, int(self.test.get("count", 0)))

    @property
    def shipped(self) -> str:
        """What lies in ``best/``, in words."""
        if self.ensemble:
            return "the ensemble"
        return "the refitted model" if self.refitted else "the model"

    @property
    def _fresh(self) -> str:
        fresh = "fresh partition" if self.folds else "fresh seed"
        return f"{self.seeds} {fresh}{'' if self.seeds == 1 else 's'}"

    @property
    def _meant(self) -> str:
        each = f", each of {self.folds}" if self.folds else ""
        return f"mean {self.metric} over {self._fresh}{each}"

    @property
    def _searched(self) -> str:
        over = self.folds or (f"{self.repeats} seeds" if self.repeats > 1 else "")
        mean = f", mean over {over}" if over else ""
        return f"{self.metric} in the search{mean}"

    @property
    def text(self) -> str:
        """On one line: ``mean val_accuracy over 3 fresh seeds 0.950 (trial 7)``, and what the test split gave."""
        tested = "" if self.tested is None else f"; {self.tested.name} {self.tested.text}"
        return f"{self.name} {self.said} (trial {self.trial}){tested}"

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only."""
        return {
            "name": self.name,
            "kind": self.kind,
            "metric": self.metric,
            "value": self.value,
            "trial": self.trial,
            "seeds": self.seeds,
            "run": self.run,
            "search_value": self.search,
            "model_value": self.model,
            **({"outer_folds": list(self.outer)} if self.outer else {}),
            **({"refitted": True} if self.refitted else {}),
            **({"ensemble": True} if self.ensemble else {}),
            "test": None if self.test is None else dict(self.test),
        }


def _none_completed(study: Study) -> str:
    """Why a stopped trial is the winner."""
    if study.counts.get("COMPLETED"):
        return "stopped: none that completed keeps the limits"
    return "stopped: none completed"


def headline_of(study: Study) -> Headline | None:
    """The headline of a study; ``None`` where no trial has a value."""
    best = study.best
    if best is None:
        return None
    metric = study.experiment.objective.metric
    searched = next(record for record in study.ranked if record.trial == best.trial)
    decided = study.finals.decided if study.finals and best.run is not None else None
    again = best.refit is not None or (decided is not None and decided.ended[best.trial, best.run or 0].again)
    read = first_reading(study.test_reads, best, read_note(study.store), again) if study.test_reads else None
    outer = tuple(fold.value for fold in study.outer_folds)
    outer = outer if len(outer) == study.experiment.outer_searches else ()
    return Headline(
        metric=metric,
        kind="nested" if outer else "search" if decided is None else "finalists",
        trial=best.trial,
        state=best.state,
        early=_none_completed(study) if best.state == "STOPPED" else cut_off_in_words(study, searched),
        search=searched.best_value,
        mean=None if decided is None else decided.standings[0].mean,
        seeds=0 if decided is None else len(decided.compared),
        run=best.run,
        # The model of one fold is judged by that fold alone.
        model=None if searched.folds else _value_of_model(best, searched, metric),
        refitted=best.refit is not None and best.refit.kind == "refit",
        ensemble=best.refit is not None and best.refit.kind == "ensemble",
        repeats=max(1, len(searched.runs)),
        folds=""
        if study.experiment.cross_validation is None
        else _folds(study.experiment.cross_validation, decided is not None),
        beside=_beside(study, searched),
        judged=study.experiment.predicted.metrics[0].name,
        test=None if read is None else {**(read.metrics or {}), "count": read.count},
        pictures=pictures_of(study, "validation"),
        outer=outer,
    )


def _folds(evaluation: CrossValidation, fresh: bool) -> str:
    """Those of a trial; of a ``fresh`` run, which has one partition, those of that."""
    return folds_in_words(evaluation.folds, 1 if fresh else evaluation.repeats)


def _beside(study: Study, searched: TrialLine) -> tuple[tuple[str, float], ...]:
    costs = {name: cost_in_units(name, searched.cost) for name in study.experiment.objective.beside}
    return tuple((name, cost) for name, cost in costs.items() if cost is not None)


def _value_of_model(best: Best, searched: TrialLine, metric: str) -> float | None:
    """Of a trial on several seeds the model is that of one of them; of a refitted one there is none."""
    if best.refit is not None:
        return best.refit.value
    return best.value if best.run is not None or not searched.runs else searched.metrics.get(metric)
