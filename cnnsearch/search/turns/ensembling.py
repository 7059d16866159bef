"""The ensemble: the mean of finalists, of refits or of the winner's folds becomes the model to ship. Without Ray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cnnsearch.errors import SweepError
from cnnsearch.numbers import plural
from cnnsearch.search.jobs import EnsembleRun, FinalistRun, RefitRun
from cnnsearch.search.turns.following import Given, Make
from cnnsearch.search.turns.replacing import Replacing
from cnnsearch.study import Study
from cnnsearch.study.record.lines import Ended, Member, Reading
from cnnsearch.study.winner.best import MODEL
from cnnsearch.study.winner.best_model import read_note
from cnnsearch.study.winner.ensemble import Ensemble, model_of_ensemble, model_of_member, planned_ensemble
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.study.winner.refit import Refit

__all__ = ["Ensembling"]


class Ensembling(Replacing[Ensemble]):
    """Makes several models one. Arguments as of :class:`~cnnsearch.search.turns.replacing.Replacing`.

    Members that are refits, and those whose models are not kept any more, are trained first. An ensemble that breaks a
    limit fails: by its size before anything is trained for it, by its latency when that was measured.
    """

    first_job = 2_500_000_000

    def __init__(self, *given: Any, **others: Any) -> None:
        self._members: dict[int, Member] = {}
        self._lacking: str | None = None
        super().__init__(*given, **others)
        if self._plan is None:
            self._store.delete(MODELS)  # kept for it

    def _planned_for(self, study: Study) -> Ensemble | None:
        return planned_ensemble(study, self._experiment)

    def _refits(self, plan: Ensemble) -> Iterable[Refit]:
        return plan.refits.values()

    def _begin(self, study: Study, plan: Ensemble) -> None:
        if broken := self._broken(plan.cost):
            self._settle(self._without(broken), None)
            return
        if plan.is_of_folds:
            self._join(study, plan)
            return
        for member in plan.members:
            if self._model(member) is None:
                self._train(study, plan, member)
        if not self._members:
            self._join(study, plan)

    def _train(self, study: Study, plan: Ensemble, member: Member) -> None:
        """Add the job that makes the network of a member."""
        refit = plan.refits.get(member.trial)
        if refit is not None:
            seed = self._missed.get(refit.trial, refit.seed)
            make: Make = partial(RefitRun, seed=seed, epochs=refit.epochs, times=refit.times)
        else:
            line = next(line for line in study.finalist_lines if (line.trial, line.run) == (member.trial, member.run))
            make = partial(FinalistRun, seed=line.seed)
        self._members[self._add(_config(study, member), make)] = member

    def _join(self, study: Study, plan: Ensemble) -> None:
        """Every member is there: add the job that makes them one."""
        if study.best is None:
            raise SweepError("there is no winner whose model an ensemble could replace")
        files = [] if plan.is_of_folds else [(self._model(each), _config(study, each)) for each in plan.members]
        job = partial(
            EnsembleRun,
            seed=plan.seed,
            epochs=plan.epochs,
            fresh=plan.run is not None,
            models=tuple((file, config) for file, config in files if file is not None),
            has_seen=any(each.has_seen for each in plan.members),
            names=tuple(self._names),
            metrics=study.best.metrics,
        )
        self._add(dict(study.best.config), job)

    def _model(self, member: Member) -> str | None:
        """The file of a member; ``None``: it is not there any more. The winner's own lies in ``best/``."""
        kept, note = model_of_member(member), read_note(self._store)
        if self._store.exists(kept):
            return kept
        if member.has_seen:
            return None
        is_best = note is not None and (note.trial, note.run, note.kind) == (member.trial, member.run, "")
        return MODEL if is_best and self._store.exists(MODEL) else None

    def _broken(self, cost: Mapping[str, float]) -> str | None:
        """Which limits an ensemble of that cost breaks, in words."""
        limits = self._experiment.limits
        broken = limits.of_all.broken(cost) if limits is not None else ()
        return f"all members together break {' and '.join(broken)}" if broken else None

    def _printed(self, number: int, text: str) -> None:
        """What the training of a member prints stands with what its own trial printed."""
        member = self._members.get(number)
        self._record.log(self._planned.trial if member is None else member.trial, text)

    def _making(self, plan: Ensemble) -> str:
        if not plan.refits:
            return f"{len(plan.members)} networks are made an ensemble"
        each = ", ".join(f"{refit.trial} ({plural(refit.epochs, 'epoch')})" for refit in plan.refits.values())
        together = f"all {self._pictures:,} training and validation pictures"
        return f"trials {each} are trained again on {together}, and made an ensemble"

    def _file(self, plan: Ensemble) -> str:
        return model_of_ensemble(plan.trial, plan.run)

    def _about(self, plan: Ensemble) -> dict[str, Any]:
        return {"members": plan.members}

    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:
        if not isinstance(end, Ended):
            raise SweepError("a worker read the test split in place of what an ensemble needs")
        member = self._members.pop(number, None)
        if member is not None:
            self._trained(member, given, end)
            return
        whole = replace(end, cost={**self._planned.cost, **end.cost})
        if end.state != "FAILED" and (broken := self._broken(whole.cost)):
            whole = replace(whole, state="FAILED", end_reason="error", reason=broken, value=None)
        self._settle(whole, given.folder)

    def _trained(self, member: Member, given: Given, end: Ended) -> None:
        """A member that is a refit was trained, or one whose model was not kept once more."""
        refit = self._planned.refits.get(member.trial)
        judged = end if refit is None else self._judged(refit, given, end)
        if judged is None:
            self._train(Study.load(self._store), self._planned, member)
            return
        end = judged
        if end.state != "FAILED":
            self._store.move(f"{given.folder}/model.keras", model_of_member(member))
        else:
            self._lacking = f"the network of trial {member.trial} could not be trained again: {end.reason}"
        self._store.delete(given.folder)
        if not self._members and self._lacking is not None:
            self._settle(self._without(self._lacking), None)
        elif not self._members:
            self._join(Study.load(self._store), self._planned)


def _config(study: Study, member: Member) -> dict[str, Any]:
    return dict(next(line.config for line in study.records if line.trial == member.trial))
