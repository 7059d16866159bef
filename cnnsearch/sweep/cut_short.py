"""The end of a sweep whose driver did not live to do it: what no worker is needed for."""

from __future__ import annotations

import logging

from cnnsearch.compression.compressing import check_packages
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.samplers import Outcome
from cnnsearch.search.samplers.optuna.journal import journal_of
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.reading import LastReading
from cnnsearch.search.turns.replacement import replacing_turn
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import has_mistakes, missing_steps
from cnnsearch.study.folder.mark import Mark
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import BestKeeper
from cnnsearch.study.winner.best_model import naming_of
from cnnsearch.study.winner.compressed import ways_due
from cnnsearch.sweep.compress import compress_spared
from cnnsearch.sweep.data import load_data, placed
from cnnsearch.sweep.ending import MISTAKES, close, mend_best, save_pictures, spared, tidy
from cnnsearch.training.divided_texts import check_division

__all__ = ["end_again", "left_to_do", "needs_worker"]

_LOG = logging.getLogger("cnnsearch")


def left_to_do(study: Study, past: Past) -> list[str]:
    """In words, what the end of a sweep lacks, by a look at all of it."""
    experiment = study.experiment
    held = journal_of(study.store, experiment).holds(_outcomes(past, experiment))
    return [*missing_steps(study), *([] if held else ["optuna.journal does not say what the record says"])]


def end_again(store: Store, experiment: Experiment, past: Past) -> Study | None:
    """Do what the end of a sweep lacks, without training anything; ``None`` where a worker is needed for it.

    Args:
        store: of a study of which no trial and no finalist's run is left to be run, held by this process.
        experiment: to go on with.
        past: its record.

    Raises:
        InputError: what it asks to be made of the best model needs a package that is missing; the study is as it was.
    """
    study = Study.load(store)
    if not study.names:  # the first driver did not live to describe the data
        return None
    is_asked = experiment.compression != study.experiment.compression
    if is_asked and experiment.compression:
        check_packages(experiment.ways)
    mend_best(study)  # while the mark is there, which may say whose model lies in best/
    missing = left_to_do(study, past)
    Mark.remove(store)
    _catch_up(study, experiment, past)
    waits, unplaced = needs_worker(study, experiment), _unplaced(experiment)
    if waits and not unplaced:
        return None
    if missing:
        _LOG.warning("what this study lacks at its end is made up for: %s", "; ".join(missing))
    if is_asked:
        asked = study.experiment.model_copy(update={"compression": experiment.compression})
        store.write("experiment.yaml", asked.to_yaml())
    study = Study.load(store)
    if waits:
        with spared(study.unfinished, "the test split could not be read, or the winner's model not be trained again"):
            raise InputError(unplaced)
    if ways_due(study):
        unfinished = study.unfinished
        with spared(unfinished, "the best model could not be compressed"):
            compress_spared(store, *_data_of(study, experiment), unfinished)
        study = Study.load(store)
        study.unfinished = unfinished
    tidy(study)
    if not has_mistakes(study):
        with spared(study.unfinished, MISTAKES):
            save_pictures(study, *_data_of(study, experiment))
    close(study)
    return study


def _catch_up(study: Study, experiment: Experiment, past: Past) -> None:
    """Let ``best/``, the predictions and the journal follow the last trial of the record."""
    store = study.store
    keeper = BestKeeper(store, Ranking.of(experiment), study.names, naming_of(store) is not None)
    keeper.recover(past.ends)
    journal_of(store, study.experiment).catch_up(_outcomes(past, study.experiment))  # of the space that was searched


def needs_worker(study: Study, experiment: Experiment) -> bool:
    """Whether the test split was not read, or the winner's model is lost or not replaced: what followed goes on."""
    if not study.ranked:
        return False
    given = study.store, experiment, study.names, 1
    if experiment.finalists is not None and not Finals(*given).is_over:
        return True
    # An ensemble that breaks a limit by its size fails here and now, and the record tells of its pictures.
    if (
        experiment.final != "keep"
        and not replacing_turn(study, experiment)(*given, _pictures(study, experiment)).is_over
    ):
        return True
    return experiment.is_followed and not LastReading(*given, pictures_of(study, "test") > 0).is_over


def _pictures(study: Study, experiment: Experiment) -> int:
    """On which what takes the place of the winner's model is trained."""
    both = experiment.final == "refit" and experiment.cross_validation is None
    return sum(pictures_of(study, split) for split in (("train", "validation") if both else ("train",)))


def _data_of(study: Study, experiment: Experiment) -> tuple[Dataset, Split]:
    dataset, split = load_data(placed(experiment))
    known = study.environment.get("dataset", {}).get("fingerprint")
    if known != dataset.fingerprint:
        rule = f"is no longer what the study was run on: its fingerprint is {dataset.fingerprint[:12]}"
        raise InputError(Problem("dataset", rule, str(known)[:12]))
    check_division(study, dataset)
    return dataset, split


def _unplaced(experiment: Experiment) -> list[Problem]:
    """Why the data is not where it was; empty where it is."""
    try:
        placed(experiment)
    except InputError as error:
        return list(error.problems)
    return []


def _outcomes(past: Past, experiment: Experiment) -> list[tuple[Config, Outcome]]:
    return [(config, outcome) for _, config, outcome in past.outcomes(experiment)]
