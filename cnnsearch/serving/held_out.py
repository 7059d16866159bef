"""Reading the test split of a study again; every reading is recorded, as each one makes the split worth less."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnsearch.data.stages import size_of, test_pictures
from cnnsearch.errors import InputError, Problem
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.serving.prediction import Evaluation, evaluate_file
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.best import digest_of
from cnnsearch.study.winner.best_model import open_best

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split
    from cnnsearch.study import Study

__all__ = ["read_test"]


def read_test(study: Study, dataset: Dataset, split: Split, by: str, ask: Ask = never) -> Evaluation:
    """Evaluate the model in ``best/`` on the test split, and record that before anybody sees what it gave.

    Args:
        study: to which the reading is added.
        dataset, split: of its experiment, loaded anew.
        by: who reads.
        ask: whether the model's code of a study that somebody else made may be imported.

    Raises:
        InputError: nothing may be written to the study, there is no model, ``best/`` holds another one, there is no
            test split, or the data are not those that the study was run on.
    """
    study.store.check_writable()
    if study.best is None:
        raise InputError(Problem("STUDY", "has no best model: none of its trials gave a value", study.source))
    if not len(split.test):
        raise InputError(Problem("dataset.test", "is 0: the study has no test split"))
    known = study.environment.get("dataset", {}).get("fingerprint")
    if known != dataset.fingerprint:
        rule = f"is no longer what the study was run on: its fingerprint is {dataset.fingerprint[:12]}"
        raise InputError(Problem("dataset", rule, str(known)[:12]))
    permit_metric(study, ask)
    with open_best(study) as (path, held):
        best = held.best
        size, code = size_of(study.experiment.filled(best.config)), study.environment.get("code", {})
        x, y = test_pictures(dataset, split, size)
        known = (best.config, study.names, best.decisive)
        with metric_as_input(study.experiment.objective.metric):
            result = evaluate_file(path, x, y, study.experiment, *known, code, model_permit(study, ask))
        result = replace(result, group_of=dataset.group_of(split.test))
        model = held.digest or digest_of(study.store, str(held.file))
    line = ReadingLine(
        trial=best.trial, run=best.run, model=model, by=by, time=time.time(), count=result.count, metrics=result.scores
    )
    Record(study.store).read_test(line)
    return result
