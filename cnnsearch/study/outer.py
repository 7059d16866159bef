"""Outer folds: the studies of nested cross-validation, which lie in the study that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.escaping import shell_line
from cnnsearch.study.store import Store, open_store
from cnnsearch.study.store.location import joined
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study

__all__ = ["OuterFold", "judged", "judged_folds", "judged_in_words", "opened_outer", "outer_in_progress"]

FOLDER = "outer"
"""Where they lie, by the number of their fold."""


@dataclass(frozen=True)
class OuterFold:
    """One search of nested cross-validation, and what its winner gave on the pictures that it never saw.

    Attributes:
        fold: counted from 1.
        pictures: held out.
        value: the objective's metric on these.
        expected: what the search itself gave, as the headline of its study.
        trial, config: the winner.
        metrics: all that were computed of the pictures held out.
        replaced: whether a refit or an ensemble had taken the place of the winner's model.
    """

    fold: int
    pictures: int
    value: float
    expected: float
    trial: int
    config: Mapping[str, Any]
    metrics: Mapping[str, float]
    replaced: bool

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only."""
        return {**vars(self), "config": dict(self.config), "metrics": dict(self.metrics)}


def opened_outer(store: Store, experiment: Experiment) -> Store:
    """Where the study of an outer fold lies in that of the whole, made where it is not there yet.

    Args:
        store: of the whole.
        experiment: says which fold.
    """
    evaluation = experiment.evaluation
    name = f"{FOLDER}/{evaluation.outer_fold if evaluation else ''}"
    store.exists(f"{name}/experiment.yaml")  # which follows no link
    found = open_store(joined(store.location, name))
    if found.folder is not None:
        found.folder.mkdir(parents=True, exist_ok=True)
    return found


def judged_folds(study: Study) -> tuple[OuterFold, ...]:
    """Those of a study that have been judged, in their order."""
    return tuple(_judged(study))


def judged_in_words(study: Study) -> str:
    """How many outer folds have been judged; empty where all were, or none was asked for."""
    count, judged_ones = study.experiment.outer_searches, len(study.outer_folds)
    if judged_ones == count:
        return ""
    told = f"{judged_ones} of {count} outer folds are judged"
    if not study.proposals:
        return told
    # The study's own search comes after all of them, so what is missing was there.
    again = shell_line(["cnnsearch", "resume", study.store.location])
    return f"{told}, and the studies of the others are gone: {again} searches without these folds again"


def outer_in_progress(study: Study) -> str:
    """Which outer fold is, or was last, held out of a search, and where to watch it; empty where all were judged."""
    count = study.experiment.outer_searches
    begun = sum(study.store.exists(f"{FOLDER}/{fold}/experiment.yaml") for fold in range(1, count + 1))
    if not begun or study.proposals:
        return ""
    watch = shell_line(["cnnsearch", "watch", joined(study.store.location, f"{FOLDER}/{begun}")])
    return f"outer fold {begun} of {count} is held out of the search that comes first: {watch}"


def judged(study: Study) -> OuterFold | None:
    """What the study of one outer fold came to; ``None`` where it has not been judged."""
    headline, best, evaluation = study.headline, study.best, study.experiment.evaluation
    if headline is None or best is None or headline.test is None or evaluation is None:
        return None
    metrics = {name: float(value) for name, value in headline.test.items() if name != "count" and value is not None}
    value = metrics.get(metric_of(headline.metric))
    if value is None or evaluation.outer_fold is None:
        return None
    told = int(headline.test["count"]), value, headline.value, best.trial, best.config, metrics, best.refit is not None
    return OuterFold(evaluation.outer_fold, *told)


def _judged(study: Study) -> Iterator[OuterFold]:
    for fold in range(1, study.experiment.outer_searches + 1):
        name = f"{FOLDER}/{fold}"
        if study.store.exists(f"{name}/experiment.yaml"):  # which follows no link
            found = judged(study.load(joined(study.store.location, name)))
            if found is not None:
                yield found
