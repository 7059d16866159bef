"""One recorded trial, trained again in this process, and set against its record."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem
from cnnsearch.keras_settings import tell_foreign_settings
from cnnsearch.own_code.source import changes, read_code
from cnnsearch.study import Study
from cnnsearch.study.environment import changed_versions
from cnnsearch.study.folder.errands import model_errands
from cnnsearch.study.folder.trust import Ask, ensure_trusted, never
from cnnsearch.study.partitions import PARTITIONS, Partitions, recorded_partitions
from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.worker.hardware import pin_hardware
from cnnsearch.training.divided_texts import divided_otherwise
from cnnsearch.training.result import EpochResult, TrialResult

__all__ = ["Rerun", "compare", "rerun"]


@dataclass(frozen=True)
class Rerun:
    """What came of training a recorded trial again.

    Attributes:
        trial: its number.
        seed: with which it was trained now.
        recorded_seed: with which it had been.
        result: of now.
        recorded: its line.
        differences: metric -> largest absolute difference of any epoch that both have.
        first_difference: the first epoch, counted from 1, in which a metric differs, or which only one of them has;
            ``None`` where every number is the same, bit for bit.
        changed: what differs around it, in words: the data, the model's own code, versions of packages.
    """

    trial: int
    seed: int
    recorded_seed: int
    result: TrialResult
    recorded: TrialLine
    differences: Mapping[str, float]
    first_difference: int | None
    changed: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether it ended in the same state after the same epochs with the same numbers."""
        return self.first_difference is None and self.result.state == self.recorded.state

    def to_dict(self) -> dict[str, Any]:
        return {
            "trial": self.trial,
            "seed": self.seed,
            "recorded_seed": self.recorded_seed,
            "equal": self.is_equal,
            "first_difference": self.first_difference,
            "differences": dict(self.differences),
            "changed": list(self.changed),
            "recorded": {
                "state": self.recorded.state,
                "reason": self.recorded.reason,
                "value": self.recorded.value,
                "best_epoch": self.recorded.best_epoch,
                "epochs": self.recorded.epochs,
            },
            "now": {**self.result.to_dict(), "curve": [epoch.to_dict() for epoch in self.result.epochs]},
        }


def rerun(
    study: Study,
    trial: int,
    seed: int | None = None,
    observe: Callable[[EpochResult], None] = lambda _: None,
    keep: Callable[[Any], None] | None = None,
    dataset: str | os.PathLike[str] | None = None,
    ask: Ask = never,
) -> Rerun:
    """Train one config of a study again, without Ray, as far as it had been trained.

    A trial that the scheduler stopped is stopped after the same epoch. On as many threads as it had, and with the
    same versions, the numbers are the same bit for bit where TensorFlow's sums are: with one thread they are.

    Args:
        study: its experiment names the data, which is read again.
        trial: number of a trial that ended.
        seed: in place of the recorded one.
        observe: called after each epoch.
        keep: called with the ``keras.Model`` of the best epoch.
        dataset: where the study's data lies now, if it was moved.
        ask: whether the model's code of a study that somebody else made may be imported.

    Raises:
        InputError: there is no such trial, its code is not trusted, or the data cannot be read again.
    """
    record = _record(study, trial)
    experiment = study.experiment
    if trial in study.takeovers:
        sources = ", ".join(str(line.source) for line in study.takeovers[trial])
        rule = f"went on with weights of other trials ({sources}), so that no training of its config gives its numbers"
        raise InputError(Problem("TRIAL", rule, trial))
    if isinstance(experiment.dataset, ArraysSource):
        rule = "was searched on arrays in memory, which are not in the study: use cnnsearch.training.run_trial"
        raise InputError(Problem("STUDY", rule, study.name))
    ensure_trusted(model_errands(experiment, study.environment), ask, study.source)
    from cnnsearch.sweep.data import load_data, placed

    tell_foreign_settings()
    experiment = placed(experiment, dataset)
    cpus = 1 if record.worker.cpus is None else record.worker.cpus
    pin_hardware(cpus, record.worker.gpus or 0)
    pictures, split = load_data(experiment)
    changed = (*_changed(study, pictures.describe(split)), *_divided(study, split))

    from cnnsearch.training import TrialData, run_trial
    from cnnsearch.training.devices import configure_devices

    configure_devices(cpus)
    used = record.seed if seed is None else seed
    stopped_after = record.epochs if record.state == "STOPPED" else math.inf

    def report(epoch: EpochResult) -> bool:
        observe(epoch)
        return epoch.epoch >= stopped_after

    models: list[Any] = []
    data = TrialData(pictures, split)
    result = run_trial(experiment, record.config, data, report, used, models.append if keep else None)
    if keep is not None and models:
        keep(models[0])
    curve = [line for line in study.epochs if line.trial == trial]
    names = experiment.predicted.curve(experiment.objective.metric)
    differences, first = compare(curve, [epoch.line(trial) for epoch in result.epochs], names)
    return Rerun(trial, used, record.seed, result, record, differences, first, changed)


def compare(
    recorded: Sequence[EpochLine], now: Sequence[EpochLine], names: Sequence[str]
) -> tuple[dict[str, float], int | None]:
    """The largest difference of each metric over the epochs that both curves have, and the first epoch that differs."""
    differences = dict.fromkeys(names, 0.0)
    first: int | None = None
    for before, after in zip(recorded, now, strict=False):
        for name in names:
            one, other = _number(before.values.get(name)), _number(after.values.get(name))
            if one != other:
                first = first or after.epoch
                differences[name] = max(
                    differences[name], abs(one - other) if one is not None and other is not None else 0.0
                )
    if len(recorded) != len(now):
        first = first or min(len(recorded), len(now)) + 1
    return differences, first


def _number(value: float | None) -> float | None:
    """What was not finite stands as null in the record."""
    return value if value is not None and math.isfinite(value) else None


def _record(study: Study, trial: int) -> TrialLine:
    for record in study.records:
        if record.trial == trial:
            return record
    if any(proposal.trial == trial for proposal in study.proposals):
        raise InputError(Problem("TRIAL", "has not ended, so there is nothing to compare with", trial))
    ended = len(study.records)
    raise InputError(Problem("TRIAL", f"must be the number of a trial of this study; {ended} ended", trial))


def _divided(study: Study, split: Split) -> Iterator[str]:
    """Folds that are not those of the study."""
    recorded = recorded_partitions(study.store)
    if recorded is None or split.folds is None:
        return
    if not recorded.equals(Partitions(split.train, split.folds.partitions)):
        yield f"the folds are not those of the study, which stand in {PARTITIONS}"


def _changed(study: Study, dataset: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    before = study.environment.get("dataset", {}).get("fingerprint")
    if before != dataset["fingerprint"]:
        found.append(
            f"the data is not what the study was run on: its fingerprint was {before}, now it is "
            f"{dataset['fingerprint']}"
        )
    if why := divided_otherwise(study.store, study.environment.get("dataset", {}), dataset):
        found.append(f"the data {why}")
    code = study.environment.get("code")
    if code:  # studies of earlier versions do not tell
        kept = study.store.at("source")
        found += [
            f"the model's code is not what the study was run with: {change} (as it was, it lies in {kept})"
            for change in changes(code, read_code(study.experiment.own_code).digests)
        ]
    return (*found, *changed_versions(study.environment))
