"""A study whose validation pictures belong together: intervals, ties and finalists are by groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_finalists

from cnnsearch.errors import InputError
from cnnsearch.report.statistics import intervals
from cnnsearch.report.statistics.cautions import cautions
from cnnsearch.report.statistics.finalists import FinalistsInfo, finalists_info
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.statistics.share import share_of
from cnnsearch.report.statistics.ties import ties_info
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.finalists.view import VIEW
from cnnsearch.report.views.metrics.info import metrics_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.tasks.labelled.views.calibration.info import calibration_info
from cnnsearch.tasks.labelled.views.calibration.view import VIEW as CALIBRATION
from cnnsearch.tasks.labelled.views.confusion.by_class import classes_info
from cnnsearch.tasks.labelled.views.paired.info import paired_info

Write = Callable[..., Study]
TWO = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.85)]
OF = (np.arange(360) // 9).tolist()
"""Forty groups of nine pictures; what is wrong stands last, so that groups are all right or all wrong."""


def study(written: Write, folder: str = "study", predictions: int = 2, **dataset: Any) -> Study:
    return written(TWO, folder, environment(**dataset), predictions)


@pytest.fixture
def grouped(written: Write) -> Study:
    return study(written, group_of={"validation": OF})


def width(of: Any) -> float:
    return float(of.high - of.low)


def test_intervals_are_as_wide_as_of_so_many_groups(
    grouped: Study, written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "_MOST_RESAMPLES", 200)
    single, expected = study(written, "single"), wilson(0.9, 40)
    for told in (headline_info, verdict_info, lambda of: share_of(of, of.best.metrics, 0).interval):
        assert width(told(grouped)) == pytest.approx(width(expected), rel=0.06)
        assert width(told(single)) == pytest.approx(width(wilson(0.9, 360)))
    rows, apart = ({row.name: row.validation for row in metrics_info(each).rows} for each in (grouped, single))
    for name in ("accuracy", "f1", "loss"):
        assert width(rows[name]) > 2 * width(apart[name]), name
    assert width(classes_info(grouped).rows[5].recall) > 2 * width(classes_info(single).rows[5].recall)


def test_ties_are_by_groups(grouped: Study, written: Write) -> None:
    """The second trial is wrong for two groups more: 18 pictures, which by themselves are beyond chance."""
    found, single = ties_info(grouped), ties_info(study(written, "single"))
    assert ([tie.trial for tie in found.tied], found.paired, found.groups) == ([1], 1, 40)
    assert found.tied[0].p_value == 0.25, "both of two groups to the same side"
    assert (single.tied, single.groups) == ((), 0)
    as_good = next(each.text for each in verdict_info(grouped).answers if each.about == "As good")
    assert as_good == "Trial 1: not separable by 360 pictures in 40 groups."
    assert headline_info(grouped).interval.endswith(", by groups)")  # type: ignore[union-attr]  # there is one
    pair = paired_info(grouped)
    assert (pair.groups, pair.rivals[0].p_value) == (40, 0.5)


def test_without_predictions_pictures_are_worth_the_fewest_that_they_can_be(written: Write) -> None:
    bare = study(written, predictions=0, group_of={"validation": OF})
    expected = wilson(0.9, 40)
    found = headline_info(bare)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert [tie.trial for tie in ties_info(bare).tied] == [1]


def test_of_one_group_nothing_is_told_of_others(written: Write) -> None:
    one = study(written, group_of={"validation": [0] * 360})
    found = headline_info(one)
    assert found is not None
    assert found.low is found.high is None
    ties = ties_info(one)
    assert (ties.compared, ties.untold, ties.groups) == (0, 1, 1)
    assert share_of(one, one.best.metrics, 0) is None  # type: ignore[union-attr]  # there is one


def finalists(written: Write, folder: str = "study", **dataset: Any) -> FinalistsInfo:
    made = written(TWO, folder, environment(**dataset), finalists={"top": 2, "seeds": 4})
    return finalists_info(write_finalists(made.path, {0: [0.9, 0.9, 0.925, 0.9], 1: [0.85, 0.875, 0.85, 0.85]}))


def test_finalists_are_compared_by_groups(written: Write) -> None:
    by_groups, by_pictures = finalists(written, group_of={"validation": OF}), finalists(written, "single")
    assert (by_groups.pictures, by_groups.groups, by_pictures.groups) == (360, 40, 0)
    assert [row.mean for row in by_groups.rows] == [row.mean for row in by_pictures.rows]
    for one, other in zip(by_groups.rows, by_pictures.rows, strict=True):
        assert width(one) > 2 * width(other)
    assert (by_groups.rows[1].tied, by_pictures.rows[1].tied) == (True, False)
    assert "by group of pictures (40 groups of 360)" in VIEW.notes(by_groups)[0]


def test_single_pictures_in_groups_lose_nothing(written: Write) -> None:
    """Groups that are like any others: the interval is not that of so few groups."""
    mixed = finalists(written, group_of={"validation": (np.arange(360) % 40).tolist()})
    apart = finalists(written, "single")
    for one, other in zip(mixed.rows, apart.rows, strict=True):
        assert width(one) < 1.5 * width(other)


def test_a_guess_is_judged_by_groups(written: Write) -> None:
    """0.74 of 50 pictures is more than a guess of two classes; of 10 groups of 5 it may be one."""
    told = {}
    for folder, of in {"groups": (np.arange(50) // 5).tolist(), "single": list(range(50)), "one": [0] * 50}.items():
        described = environment(classes=("cat", "dog"), validation=50, group_of={"validation": of})
        made = written([SyntheticTrial("COMPLETED", (0.74,))], folder, described, predictions=0)
        told[folder] = [each.text for each in verdict_info(made).cautions if "no better than a guess" in each.text]
    assert (len(told["groups"]), told["single"], told["one"]) == (1, [], [])


def test_what_calibration_exceeds_by_chance_is_of_groups(written: Write) -> None:
    """Of 40 groups of 9 that are right or wrong together: seven more of them right than was told are chance."""
    made = {
        name: study(written, name, **of)
        for name, of in {"groups": {"group_of": {"validation": OF}}, "single": {}}.items()
    }
    right = np.arange(360) < 36 * 9
    for each in made.values():
        probabilities = np.tile(np.float16([0.8, 0.2]), (360, 1))
        path = each.path / "predictions" / "000000.npz"
        np.savez(path, labels=np.where(right, 0, 1), probabilities=probabilities)
    groups, single = (calibration_info(Study.load(made[name].path)) for name in ("groups", "single"))
    assert groups.error == single.error == pytest.approx(0.1, abs=1e-3)
    assert single.chance == pytest.approx(1.96 * np.sqrt(0.8 * 0.2 / 360), rel=0.1)
    spread = np.sqrt((36 * 0.2**2 + 4 * 0.8**2) / 40**2)
    assert groups.chance == pytest.approx(1.96 * spread, rel=0.1)
    assert CALIBRATION.notes is not None
    assert "360 validation pictures in 40 groups" in CALIBRATION.notes(groups)[0]
    assert "once in twenty on so many groups" in CALIBRATION.notes(groups)[0]


def test_it_is_said(grouped: Study, written: Write) -> None:
    note = next(each for each in cautions(grouped, finalists_info(grouped)) if "by groups" in each.text)
    assert note.kind == "note"
    assert note.text.endswith("count together. There are 360 validation pictures in 40 groups.")
    older = study(written, "older")
    source = {"source": "directory", "path": "pictures", "group": "(.*)_"}
    older.experiment = older.experiment.updated({"dataset": source})
    told = [each.text for each in cautions(older, finalists_info(older)) if "group" in each.text]
    assert [text.startswith("Intervals and tests take each picture as one by itself") for text in told] == [True]
    older.environment["dataset"]["group_of"] = {}  # type: ignore[index]  # recorded: each is the only one of its group
    assert not [each for each in cautions(older, finalists_info(older)) if "group" in each.text]


def test_a_record_of_other_pictures_is_refused(grouped: Study) -> None:
    grouped.environment["dataset"]["group_of"] = {"validation": [0, 0]}  # type: ignore[index]
    for read in (ties_info, headline_info, verdict_info):
        with pytest.raises(InputError, match=r"dataset\.group_of\.validation: tells of 2 pictures"):
            read(grouped)
