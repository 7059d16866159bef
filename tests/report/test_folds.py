"""What show and report tell of trials that are judged by folds."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import stdev
from typing import Any

import numpy as np
import pytest
from commands import call
from recorded import ended, metrics, proposed, run
from scipy.stats import t
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.report.page import render
from cnnsearch.report.statistics.finalists import finalists_info
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.statistics.resampled import resampled_mean
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.finalists.view import VIEW
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.scripts.script import keras_code
from cnnsearch.study import Study
from cnnsearch.study.partitions import PARTITIONS, Partitions, recorded_partitions
from cnnsearch.study.record.lines import RefitLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.finalists import fresh_seeds

FOLDS = (0.7, 0.75, 0.8, 0.75, 0.75)
SPACE = {"filters": {"choice": [8, 16, 32]}}


def folded(folder: Path, **keys: Any) -> Study:
    """Trial 1 is the best, with the values :data:`FOLDS` on its folds."""
    experiment = digits_experiment(**{"evaluation": {"folds": 5}, "space": SPACE, **keys})
    described = environment(folds={"folds": 5, "repeats": experiment.evaluation.repeats})
    study = write_study(folder, experiment, [SyntheticTrial("COMPLETED", [0.5], {"filters": 8})], described)
    record = Record(study.store)
    record.propose(proposed(1, config={"filters": 16}))
    value = {"val_accuracy": 0.75, "val_loss": 0.5}[experiment.objective.metric]
    folds = FOLDS if value == 0.75 else tuple(each - 0.25 for each in FOLDS)
    line = ended(1, value, folds=folds, model_seed=7, metrics=metrics(0.75), config={"filters": 16})
    record.end(line)
    return Study.load(folder)


def test_the_mean_is_called_one_over_folds_and_its_spread_is_told(tmp_path: Path) -> None:
    study = folded(tmp_path / "one")
    assert study.headline is not None
    assert study.headline.text == "val_accuracy in the search, mean over 5 folds 0.750 (trial 1)"
    assert study.headline.others == (), "the model of a fold is judged by that fold alone"
    info = headline_info(study)
    assert info is not None
    expected = wilson(0.75, 360)
    assert (info.low, info.high) == (expected.low, expected.high), "each picture was told of once"
    shown = call("show", study.source)
    assert f"0.750 ± {stdev(FOLDS):#.2g}" in shown
    assert "values are means over 5 folds of each trial, ± their standard deviation" in shown
    assert "each trial is judged by the mean over 5 folds" in shown
    assert "in 5 folds" in shown
    (row,) = [row for row in trials_info(study).rows if row.trial == 1]
    assert row.reason == "mean over 5 folds, 0.700 to 0.800"
    verdict = verdict_info(study)
    assert verdict.text.startswith("Trial 1: the best val_accuracy of the search, mean over 5 folds. ")
    assert "On new pictures somewhat worse than accuracy 0.750 (95%" in verdict.text
    assert any("no estimate of it is without bias" in one.text for one in verdict.cautions)
    assert "one partition says nothing of other draws" in verdict.text
    facts = dict(provenance_info(study).facts)
    where = "which picture is in which stands in folds.npz"
    assert facts["Split"] == f"in 5 folds, by class and seed 7: {where}; a share of 0.2 is the test's"
    for told in (shown, facts["Folds"]):
        assert "what scales pixels and targets is measured on all of them, for all folds alike" in told


def test_several_partitions_are_told(tmp_path: Path) -> None:
    study = folded(tmp_path / "one", evaluation={"folds": 5, "repeats": 3})
    assert study.headline is not None
    assert study.headline.name == "val_accuracy in the search, mean over 3 times 5 folds"


def test_what_is_no_share_has_an_interval_over_the_folds(tmp_path: Path) -> None:
    info = headline_info(folded(tmp_path / "one", objective="val_loss"))
    assert info is not None
    half = t.ppf(0.975, 4) * math.sqrt((1 / 5 + 1 / 4) * stdev(FOLDS) ** 2)
    assert (info.low, info.high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))


def finalists(folder: Path, runs: dict[int, list[tuple[float, ...]]]) -> Study:
    study = folded(folder, finalists={"top": 2, "seeds": 2})
    record = Record(study.store)
    for number, seed in enumerate(fresh_seeds(7, 2)):
        for trial, of in runs.items():
            value = float(np.mean(of[number]))
            record.end_finalist(run(trial, number, value, seed=seed, folds=of[number], metrics=metrics(value)))
    return Study.load(folder)


def test_finalists_are_compared_by_the_corrected_resampled_test(tmp_path: Path) -> None:
    better = [(0.8, 0.82, 0.78, 0.8, 0.8), (0.81, 0.79, 0.8, 0.82, 0.78)]
    worse = [(0.7, 0.75, 0.8, 0.75, 0.75), (0.74, 0.76, 0.75, 0.7, 0.8)]
    study = finalists(tmp_path / "one", {1: better, 0: worse})
    info = finalists_info(study)
    gaps = np.ravel(better) - np.ravel(worse)
    # Nadeau and Bengio 2003: one part of five judges, four train.
    error = math.sqrt((1 / 10 + 1 / 4) * gaps.var(ddof=1))
    assert (info.winner, info.folds, info.pictures, info.from_pictures) == (1, "5 folds", 0, None)
    assert info.rows[1].gap == pytest.approx(0.05)
    assert info.rows[1].p_value == pytest.approx(t.sf(0.05 / error, 9))
    assert info.rows[1].tied is bool(t.sf(0.05 / error, 9) >= 0.05)
    of_mean = math.sqrt((1 / 10 + 1 / 4) * np.ravel(better).var(ddof=1)) * t.ppf(0.975, 9)
    assert (info.rows[0].low, info.rows[0].high) == (pytest.approx(0.8 - of_mean), pytest.approx(0.8 + of_mean))
    assert study.headline is not None
    assert study.headline.name == "mean val_accuracy over 2 fresh partitions, each of 5 folds"
    (note,) = VIEW.notes(info)
    assert "corrected resampled t test of Nadeau and Bengio (2003)" in note
    assert "Bengio and Grandvalet 2004" in note
    verdict = verdict_info(study)
    assert "over 2 fresh partitions of 5 folds each, on fresh seeds." in verdict.text
    assert "with 2 partitions." in verdict.text


def test_what_the_plain_test_would_tell_apart_is_a_tie() -> None:
    gaps = [0.02, 0.01, 0.03, 0.0, 0.02]
    plain = t.sf(np.mean(gaps) / (stdev(gaps) / math.sqrt(5)), 4)
    assert plain < 0.05 < resampled_mean(gaps, 5).p_above
    alike = resampled_mean([0.1] * 10, 10)
    assert alike.p_above == pytest.approx(0.5 ** (90 / 19)), (
        "of ten folds that share pictures less than five are worth one"
    )
    assert alike.interval() is None
    assert resampled_mean([0.0] * 4, 4).p_above == 1.0


def test_of_a_refitted_model_the_folds_say_what_is_to_be_expected(tmp_path: Path) -> None:
    study = folded(tmp_path / "one")
    line = ended(1, 0.75)
    told = {name: getattr(line, name) for name in ("trial", "state", "seed", "ended", "epochs")}
    Record(study.store).end_refit(RefitLine(**told, value=None, planned=1, best_epochs=(1,), pictures=360))
    refitted = Study.load(study.path)
    assert (
        "These pictures cannot judge it any more. On new pictures somewhat worse than accuracy 0.750"
        in verdict_info(refitted).text
    )
    rendered = render([refitted])
    assert "Metrics of the training before the refit, in the search" in rendered
    assert "Metrics of the model in best/" not in rendered


def test_the_partition_is_kept_and_a_script_names_it(tmp_path: Path) -> None:
    study = folded(tmp_path / "one")
    kept = Partitions(np.arange(6) * 2, np.array([[0, 1, 2, 0, 1, 2]]))
    assert recorded_partitions(study.store) is None
    study.store.write(PARTITIONS, kept.to_bytes())
    found = recorded_partitions(LocalStore(study.path))
    assert found is not None
    assert found.equals(kept)
    assert not found.equals(Partitions(kept.pictures, kept.folds[:, ::-1]))
    code = keras_code(study, 1)
    assert "the mean over 5 folds, of which this script trains one" in " ".join(code.split())
    assert "folds.npz of the study says which picture is in which fold" in " ".join(code.split())
