"""Replacing: what a refit and an ensemble have in common: a model that takes the place of the winner's. Without Ray."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.words import said_of
from cnnsearch.search.places import Places
from cnnsearch.search.turns.following import Following, Given
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.record.lines import Ended, RefitLine
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import write_best
from cnnsearch.study.winner.best_model import find_best, line_of_best
from cnnsearch.study.winner.ensemble import Ensemble
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.study.winner.refit import Refit, has_learnt, miss_of_refit, other_seed
from cnnsearch.study.winner.replacement import is_settled

__all__ = ["Replacing"]

Plan = TypeVar("Plan", Refit, Ensemble)


class Replacing(Following, Generic[Plan]):
    """Has another model made, where that has not been done, and lets ``best/`` be that one's.

    One that fails leaves the model of before where it is, and is not tried a second time.

    Args:
        store: of the study, whose search and finalists are over.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where it finds room; or how many jobs run at once, wherever that is.
        pictures: that it is trained on.
        observe: called when it begins, with what is made in words, and with none of these when it has ended.
        clock: of the sweep; left out, one starts now.

    Attributes:
        first_job: its number.
    """

    first_job: ClassVar[int]

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        pictures: int,
        observe: Callable[[str], None] = lambda _: None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(store, experiment, lanes, self.first_job, clock)
        self._names = names
        self._pictures = pictures
        self._observe = observe
        self._again = False
        self._missed: dict[int, int] = {}
        study = Study.load(store)
        self._plan: Plan | None = self._planned_for(study)
        for refit in () if self._plan is None else self._refits(self._plan):
            if store.exists(miss_of_refit(refit)):  # a driver before found so, and died
                self._missed[refit.trial] = other_seed(refit.seed)
        if self._plan is not None and not self._is_done(study, self._plan):
            self._tell(self._making(self._plan))
            self._begin(study, self._plan)

    @abstractmethod
    def _planned_for(self, study: Study) -> Plan | None:
        """What is to be made; ``None``: nothing."""

    @abstractmethod
    def _refits(self, plan: Plan) -> Iterable[Refit]:
        """Those that are part of it."""

    @abstractmethod
    def _begin(self, study: Study, plan: Plan) -> None:
        """Add the jobs that make it."""

    @abstractmethod
    def _making(self, plan: Plan) -> str:
        """What is made, in words, for whoever waits for it."""

    @abstractmethod
    def _file(self, plan: Plan) -> str:
        """Where the model lies until it is in ``best/``."""

    @abstractmethod
    def _about(self, plan: Plan) -> dict[str, Any]:
        """What its line tells beside how it ended."""

    @property
    def _planned(self) -> Plan:
        if self._plan is None:
            raise SweepError("nothing takes the place of the winner's model")
        return self._plan

    def _is_done(self, study: Study, plan: Plan) -> bool:
        """Whether it was tried, and stands; a model that it gave and that is not in ``best/`` yet is moved there."""
        if not is_settled(study, plan):
            return False
        held = find_best(study)
        if study.best is None or study.best.refit is None or held is None:
            return True  # it failed, and the model of before stays
        if held.file is None:
            self._again = True
            return False
        if self._store.exists(self._file(plan)):
            self._ship(plan)
            self._store.delete(MODELS)
        return True

    def _printed(self, number: int, text: str) -> None:  # noqa: ARG002
        """It stands with what its trial printed."""
        self._record.log(self._planned.trial, text)

    def _lost(self, number: int, reason: str) -> Ended:  # noqa: ARG002
        return self._without(reason)

    def _without(self, reason: str) -> Ended:
        """Nothing was made."""
        return self._failed(self._planned.trial, self._planned.seed, reason)

    def _settle(self, end: Ended, folder: str | None) -> None:
        """Record how it ended, and ship what it gave.

        Args:
            end: as its worker told it.
            folder: where that one left the model; ``None``: none was made.
        """
        plan = self._planned
        if end.state != "FAILED":
            self._store.move(f"{folder}/model.keras", self._file(plan))
        if folder is not None:
            self._store.delete(folder)
        seed = self._missed.get(plan.trial, plan.seed)
        told = replace(end, trial=plan.trial, seed=seed, ended=self._clock.now())
        about = {"run": plan.run, "best_epochs": plan.best_epochs, "missed": (*self._missed,), **self._about(plan)}
        about |= {"times": plan.times} if isinstance(plan, Refit) else {}
        about["cooled"] = end.state != "FAILED" and self._cools(plan)
        line = RefitLine.of(told, planned=plan.epochs, pictures=self._pictures, again=self._again, **about)
        self._record.end_refit(line)
        if end.state != "FAILED":
            self._ship(plan)
        self._store.delete(MODELS)
        self._observe("")

    def _cools(self, plan: Plan) -> bool:
        """Whether networks are trained again for it, each by an optimizer whose learning rate goes down to 0."""
        trials = {refit.trial for refit in self._refits(plan)}
        configs = [
            self._experiment.filled(line.config) for line in Study.load(self._store).records if line.trial in trials
        ]
        return bool(configs) and all(self._experiment.family.reads("learning_rate", config) for config in configs)

    def _tell(self, making: str) -> None:
        self._observe(said_of("texts" if self._experiment.family.reads_texts else "pictures", making))

    def _judged(self, refit: Refit, given: Given, end: Ended) -> Ended | None:
        """How the training of a refit ended; ``None``: it had not learnt, and is done once more on another seed."""
        loss = end.metrics.get("loss")
        if end.state == "FAILED" or has_learnt(Study.load(self._store), refit, loss):
            return end
        if refit.trial in self._missed:
            reason = "on two seeds it did not learn what its trial had learnt, by the training loss"
            return replace(end, state="FAILED", end_reason="error", reason=f"{reason}: {loss:.3g} at the end")
        self._missed[refit.trial] = other_seed(refit.seed)
        self._store.write(miss_of_refit(refit), "")
        self._record.log(
            refit.trial, f"the refit did not learn (training loss {loss:.3g}): once more on another seed\n"
        )
        self._store.delete(given.folder)
        self._tell(f"trial {refit.trial}, trained again, had not learnt: it is trained once more on another seed")
        return None

    def _ship(self, plan: Plan) -> None:
        kept = line_of_best(Study.load(self._store))
        write_best(self._store, self._file(plan), kept, self._names)
