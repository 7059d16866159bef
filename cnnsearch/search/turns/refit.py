"""The refit: the winner is trained again on training and validation pictures together, and shipped. Without Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import RefitRun
from cnnsearch.search.places import Places
from cnnsearch.search.turns.following import Following, Given
from cnnsearch.study import Study
from cnnsearch.study.best import write_best
from cnnsearch.study.best_model import find_best, line_of_best
from cnnsearch.study.clock import Clock
from cnnsearch.study.finalists import MODELS
from cnnsearch.study.record.lines import Ended, Reading, RefitLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.refit import Refit, model_of_refit, planned_refit
from cnnsearch.study.store import Store

__all__ = ["Refitting"]

_FIRST_JOB = 2_000_000_000


class Refitting(Following):
    """Trains the winner again, where that has not been done, and lets ``best/`` be the new model's.

    A refit that fails leaves the model of before where it is, and is not tried a second time.

    Args:
        store: of the study, whose search and finalists are over.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where it finds room; or how many jobs run at once, wherever that is.
        pictures: of the training and the validation split together.
        observe: called when it begins, and when it has ended, with whether it runs.
        clock: of the sweep; left out, one starts now.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        pictures: int,
        observe: Callable[[bool], None] = lambda _: None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(experiment, lanes, _FIRST_JOB)
        self._store = store
        self._names = names
        self._pictures = pictures
        self._observe = observe
        self._clock = clock or Clock.started()
        self._record = Record(store)
        study = Study.load(store)
        self._plan = planned_refit(study, experiment)
        self._again = False
        if self._plan is not None and not self._is_done(study, self._plan):
            best = study.best
            if best is None:
                raise SweepError("there is no winner to refit")
            self._add(dict(best.config), partial(RefitRun, seed=self._plan.seed, epochs=self._plan.epochs))
            observe(True)

    def _is_done(self, study: Study, plan: Refit) -> bool:
        """Whether it was tried; a model that it gave and that is not in ``best/`` yet is moved there."""
        if not any(plan.is_of(line) for line in study.refits):
            return False
        held = find_best(study)
        if study.best is None or study.best.refit is None or held is None:
            return True  # it failed, and the model of before stays
        if held.file is None:
            self._again = True
            return False
        if self._store.exists(model_of_refit(plan.trial, plan.run)):
            self._ship(plan)
        return True

    def _printed(self, number: int, text: str) -> None:  # noqa: ARG002
        """It stands with what its trial printed."""
        self._record.log(self._planned.trial, text)

    @property
    def _planned(self) -> Refit:
        if self._plan is None:
            raise SweepError("nothing is refitted")
        return self._plan

    def _lost(self, number: int, reason: str) -> Ended:  # noqa: ARG002
        plan, now = self._planned, self._clock.now()
        return Ended(
            trial=plan.trial,
            state="FAILED",
            end_reason="error",
            reason=reason,
            value=None,
            seed=plan.seed,
            ended=now,
        )

    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:  # noqa: ARG002
        plan = self._planned
        if not isinstance(end, Ended):
            raise SweepError("a worker read the test split in place of the refit")
        if end.state != "FAILED":
            self._store.move(f"{given.folder}/model.keras", model_of_refit(plan.trial, plan.run))
        self._store.delete(given.folder)
        told = replace(end, trial=plan.trial, seed=plan.seed, ended=self._clock.now())
        about = {"run": plan.run, "planned": plan.epochs, "best_epochs": plan.best_epochs}
        self._record.end_refit(RefitLine.of(told, pictures=self._pictures, again=self._again, **about))
        if end.state != "FAILED":
            self._ship(plan)
        self._observe(False)

    def _ship(self, plan: Refit) -> None:
        kept = line_of_best(Study.load(self._store))
        write_best(self._store, model_of_refit(plan.trial, plan.run), kept, self._names)
        self._store.delete(MODELS)
