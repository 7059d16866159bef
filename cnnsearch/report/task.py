"""All that the report asks of the task of a study, which answers in ``judging.py`` and ``views/`` of its folder."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from cnnsearch import tasks
from cnnsearch.report.view import View, views_in
from cnnsearch.tasks.contract.doubt import Doubt
from cnnsearch.tasks.contract.metrics import aim_of, metric_of

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = [
    "Judging",
    "best_kept",
    "doubts",
    "is_share",
    "kept",
    "kept_of_best",
    "share_of_task",
    "task_of",
    "tasks_with_views",
    "views_of_task",
]


_Kept = TypeVar("_Kept")


class Judging(Protocol):
    """The module ``judging`` of a task."""

    def doubts(self, study: Study) -> Iterator[str | Doubt]:
        """What in its targets a reader must know before trusting the verdict, a sentence each."""


def task_of(study: Study) -> str:
    """The name of its task."""
    return study.experiment.task


def doubts(study: Study) -> Iterator[Doubt]:
    """What its task says that a reader must know before trusting the verdict, a sentence each."""
    judging = cast("Judging", importlib.import_module(f"{tasks.__name__}.{task_of(study)}.judging"))
    return (one if isinstance(one, Doubt) else Doubt(one) for one in judging.doubts(study))


def share_of_task(study: Study) -> str | None:
    """A metric of validation that is a share of pictures, told with an interval whatever the objective is; or none."""
    told = study.experiment.predicted.every_epoch
    return next((aim for aim in map(aim_of, told) if is_share(study, aim)), None)


def is_share(study: Study, metric: str) -> bool:
    """Whether a metric of validation counts pictures: its interval is Wilson's."""
    found = study.experiment.predicted.metric(metric_of(metric))
    return found is not None and found.kind == "share"


def kept(study: Study, trial: int, run: int | None) -> Predictions | str:
    """Those of one training: of a trial's in the search, or of a ``run`` of it as a finalist; or why there are none."""
    try:
        stored = study.predictions(trial, run)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        return f"the predictions of trial {trial} cannot be read ({type(error).__name__})"
    if stored is None:
        return f"no predictions of trial {trial} were kept"
    return stored if stored.fits else f"the predictions of trial {trial} do not fit its targets"


def best_kept(study: Study, kind: type[_Kept]) -> _Kept | str:
    """Those of the model in ``best/``, of the kind that a task's view shows, or why there are none."""
    if study.best is None:
        return "no trial has a value"
    found = kept_of_best(study, study.best.trial)
    return (
        found if isinstance(found, (str, kind)) else f"the predictions of trial {study.best.trial} are of another task"
    )


def kept_of_best(study: Study, trial: int) -> Predictions | str:
    """Those of a trial in the search, or why there are none; of the best trial those of the model in ``best/``."""
    return kept(study, trial, study.best.run if study.best and study.best.trial == trial else None)


def tasks_with_views() -> tuple[str, ...]:
    """The names of all tasks that have some."""
    return tuple(name for name in tasks.TASKS if importlib.util.find_spec(f"{tasks.__name__}.{name}.views"))


@functools.cache
def views_of_task(name: str) -> Mapping[str, tuple[View[Study, Any], ...]]:
    """The views of a task: place on the page (a key of the tables in ``table.py``) -> views in their order."""
    package = f"{tasks.__name__}.{name}.views"
    places: Mapping[str, tuple[str, ...]] = importlib.import_module(package).VIEWS
    return {place: views_in(package, names) for place, names in places.items()}
