"""What show, report and programs tell of nested cross-validation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from commands import call
from recorded import START
from scipy.stats import t
from synthetic import SyntheticTrial, digits_experiment, environment, write_finalists, write_study

from cnnsearch.experiment.nested import outer_experiments
from cnnsearch.report.page import render
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.statistics.next_step import next_step
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.comparison.info import comparison_info
from cnnsearch.report.views.nested.info import NestedInfo, NestedRow, nested_info
from cnnsearch.report.views.nested.view import VIEW
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.folder.packed import pack
from cnnsearch.study.outer import outer_in_progress
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.record.record import Record

SPACE = {"filters": {"choice": [8, 16, 32]}, "units": 16}
VALUES = (0.7, 0.8, 0.6)


def nested(folder: Path, judged: tuple[float, ...] = VALUES, **keys: Any) -> Study:
    """A search whose best trial has 0.9, and so many of those on its three outer folds."""
    experiment = digits_experiment(space=SPACE, evaluation={"outer": 3}, **keys)
    best = SyntheticTrial("COMPLETED", [0.9], {"filters": 16, "units": 16})
    for fold, (inner, value) in enumerate(zip(outer_experiments(experiment), judged, strict=False), 1):
        trial = SyntheticTrial("COMPLETED", [0.85], {"filters": 8 if fold == 2 else 16, "units": 16})
        write_study(folder / "outer" / str(fold), inner, [trial])
        metrics = {"accuracy": value, "loss": 0.1, "f1": value}
        line = ReadingLine(trial=0, run=None, by="refit", time=START, count=10 * fold, metrics=metrics)
        Record(Study.load(folder / "outer" / str(fold)).store).read_test(line)
    return write_study(folder, experiment, [best], environment(validation=90))


def test_the_headline_is_what_to_expect(tmp_path: Path) -> None:
    study = nested(tmp_path / "a")
    assert study.headline is not None
    assert study.headline.kind == "nested"
    assert study.headline.text == "expected accuracy, mean over 3 outer folds 0.70 (trial 0)"
    assert {one.name: one.value for one in study.headline.others}["val_accuracy in the search"] == 0.9
    found = headline_info(study)
    assert found is not None
    error = stdev(VALUES) * (1 / 3 + 1 / 2) ** 0.5  # Nadeau and Bengio (2003): judged over trained is 1 to 2
    assert found.low == pytest.approx(0.7 - t.ppf(0.975, 2) * error)
    assert found.high == 1.0, "no accuracy is above that"


def test_folds_that_agree_by_chance_say_no_more_than_their_pictures(tmp_path: Path) -> None:
    found, least = headline_info(nested(tmp_path, (0.7, 0.7, 0.7))), wilson(0.7, 60)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((least.low, least.high))


def test_the_verdict_says_what_to_expect(tmp_path: Path) -> None:
    told = verdict_info(nested(tmp_path / "a")).text
    assert "On new pictures accuracy 0.70 (95% interval 0.31 to 1.0)" in told
    assert "the mean over 3 outer folds, each of which judged the winner of a search that never saw it." in told
    assert "the best of many is too good" not in told
    assert "and run that: searches of nested cross-validation must all be alike." in told, (
        "it takes no other experiment"
    )


def test_the_view_has_each_search(tmp_path: Path) -> None:
    study = nested(tmp_path / "a")
    info, headline = nested_info(study), headline_info(study)
    assert headline is not None
    assert info == NestedInfo(
        metric="accuracy",
        outer=3,
        parameters=("filters",),
        rows=(
            NestedRow(1, 10, 0.7, 0.85, 0, ("16",)),
            NestedRow(2, 20, 0.8, 0.85, 0, ("8",)),
            NestedRow(3, 30, 0.6, 0.85, 0, ("16",)),
        ),
        chosen=("16",),
        mean=fmean(VALUES),
        low=headline.low,
        high=headline.high,
        spread=stdev(VALUES),
        optimism=fmean(0.85 - value for value in VALUES),
        unreplaced=(1, 2, 3),
        pictures=90,
    )
    notes = " ".join(VIEW.notes(info))
    assert "Mean 0.70 (95% interval 0.31 to 1.0), standard deviation 0.10" in notes, "as the headline says it"
    assert "In the mean what the searches promised was by 0.15 better than their winners were" in notes
    assert "The searches do not agree on filters" in notes
    assert "the models that outer fold 1, 2, 3 judged" in notes, "none has a refit"
    kept = replace(info, unreplaced=())
    assert "Not trained again" not in " ".join(VIEW.notes(kept))
    page = render([study])
    assert "What is to be expected on new pictures? Each row is a whole search that never saw one of 3" in page


def test_less_is_better_where_the_objective_is_a_loss(tmp_path: Path) -> None:
    info = nested_info(nested(tmp_path / "a", objective="val_loss"))
    assert info.rows[0].value == 0.1
    assert info.rows[0].promised == pytest.approx(0.3)
    assert info.optimism == pytest.approx(-0.2), "the searches promised worse than came of it"
    told = "the searches promised was by 0.20 worse than their winners were, by chance or as these were trained again"
    assert told in " ".join(VIEW.notes(info))
    assert "All searches came to the same config." in VIEW.notes(replace(info, parameters=()))


def test_what_is_to_be_done_next_can_be_done(tmp_path: Path) -> None:
    """A study of nested cross-validation goes on as it began, and a search of it is no study to go on with at all."""
    study = nested(tmp_path / "a")
    assert next_step(study).text("STUDY") == (
        "Train the best trials again on fresh seeds, to tell luck from skill: add `finalists: {top: 3, seeds: 5}` to a "
        "copy of its experiment.yaml, and run that: searches of nested cross-validation must all be alike."
    )
    nested(tmp_path / "b", finalists={"top": 2, "seeds": 2})
    told = next_step(write_finalists(tmp_path / "b", {0: [0.9, 0.9]})).text("STUDY")
    assert told.startswith("Search on, 1 trial is few, with another ")
    assert "--trials" not in told
    inner = Study.load(study.path / "outer" / "1")
    assert next_step(inner).text("STUDY").startswith("Look at the study that this search is a part of")


def test_a_comparison_says_which_values_are_too_good(tmp_path: Path) -> None:
    whole, searched = nested(tmp_path / "a"), write_study(tmp_path / "b", trials=1)
    assert comparison_info([whole, searched]).doubts[-1] == (
        "Some values are means over outer folds, others are the best of a search: those of a search are too good."
    )


def test_what_is_not_whole_is_no_expectation(tmp_path: Path) -> None:
    study = nested(tmp_path / "a", VALUES[:2])
    assert study.headline is not None
    assert study.headline.kind == "search"
    info = nested_info(study)
    assert (len(info.rows), info.mean) == (2, None)
    gone = "there was a study of outer fold 3, and it is gone: cnnsearch resume searches without that fold again"
    assert VIEW.notes(info) == (f"2 of 3 outer folds are judged; {gone}.",), "its own search came after them"
    going = "2 of 3 outer folds are judged; cnnsearch resume goes on with the others."
    assert VIEW.notes(replace(info, lost=())) == (going,)
    assert "2 of 3 outer folds are judged, and the studies of the others are gone: cnnsearch resume" in call(
        "show", study.path
    )
    assert "no outer fold is judged" in str(VIEW.missing(nested_info(nested(tmp_path / "b", ()))))
    assert VIEW.absent(nested_info(write_study(tmp_path / "c", trials=1)))


def test_programs_and_packed_studies_have_them_too(tmp_path: Path) -> None:
    study = nested(tmp_path / "a")
    told = json.loads(call("show", study.path, "--json"))
    assert told["headline"]["outer_folds"] == list(VALUES)
    assert [fold["pictures"] for fold in told["outer_folds"]] == [10, 20, 30]
    assert told["outer_folds"][1]["config"] == {"filters": 8, "units": 16}
    packed = Study.load(pack(study.store, tmp_path / "a.zip"))
    assert packed.outer_folds == study.outer_folds
    assert "expected accuracy, mean over 3 outer folds 0.70 (95% interval" in call("show", study.path)


def test_who_watches_is_told_where_the_searches_are(tmp_path: Path) -> None:
    study = nested(tmp_path / "a", VALUES[:2])
    assert outer_in_progress(study) == "", "its own search has begun"
    for name in ("proposals.jsonl", "trials.jsonl", "curves.jsonl"):
        (study.path / name).unlink()
    told = call("watch", study.path, "--once")
    assert f"outer fold 2 of 3 is held out of the search that comes first: cnnsearch watch {study.path}/outer/2" in told
