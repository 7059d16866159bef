"""Views of several studies side by side, by hand-made numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synthetic import SyntheticTrial

from cnnsearch.report import figures
from cnnsearch.report.views.distribution.info import Distribution, DistributionInfo, distribution_info
from cnnsearch.report.views.matched import view as matched
from cnnsearch.report.views.matched.info import Match, MatchedInfo, matched_info
from cnnsearch.report.views.setups import view as setups
from cnnsearch.report.views.setups.info import SetupRow, SetupsInfo, setups_info
from cnnsearch.report.views.target import view as target
from cnnsearch.report.views.target.info import Progress, TargetInfo, target_info
from cnnsearch.study import Study

Write = Callable[..., Study]

ONE = {"filters": 8, "dense_layers": 0, "dropout": 0.0, "batch_size": 64}
TWO = {"filters": 16, "dense_layers": 0, "dropout": 0.0, "batch_size": 64}
THREE = {"filters": 32, "dense_layers": 0, "dropout": 0.0, "batch_size": 64}


def pair(written: Write, **keys: Any) -> list[Study]:
    """Trial ``i`` ends three seconds after ``10 i``; the second study tries two of the first one's configs."""
    first = written([SyntheticTrial("COMPLETED", (value,), config) for value, config in ((0.5, ONE), (0.8, TWO))])
    trials = [SyntheticTrial("COMPLETED", (value,), config) for value, config in ((0.9, TWO), (0.6, ONE), (0.7, THREE))]
    return [first, written(trials, folder="other", **{"name": "other", **keys})]


def test_distribution(written: Write) -> None:
    assert distribution_info(pair(written)) == DistributionInfo(
        "val_accuracy",
        (Distribution("digits cnn", (0.8, 0.5), 0.65), Distribution("other", (0.9, 0.7, 0.6), 0.7)),
        log=False,
        pictures=360,
    )


def test_distribution_of_losses_has_the_smallest_first(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (value,), ONE) for value in (0.5, 0.75)], objective="val_loss")
    assert distribution_info([study]).studies == (Distribution("digits cnn", (0.5, 1.0), 0.75),)


def test_line_of_a_distribution_says_which_share_reaches_a_value(written: Write) -> None:
    figure = figures.distribution_of_results(pair(written))
    assert [(trace.x, trace.y) for trace in figure.data] == [
        ((0.8, 0.5), (0.5, 1.0)),
        ((0.9, 0.7, 0.6), (1 / 3, 2 / 3, 1.0)),
    ]


def test_target_is_what_all_studies_reached(written: Write) -> None:
    assert target_info(pair(written)) == TargetInfo(
        "val_accuracy",
        0.8,
        (
            Progress("digits cnn", ((0.05, 0.5), (round(13 / 60, 6), 0.8)), round(13 / 60, 6), 2),
            Progress("other", ((0.05, 0.9), (round(23 / 60, 6), 0.9)), 0.05, 1),
        ),
        log=False,
        pictures=360,
    )


def test_who_was_stopped_before_the_target_counts_too(written: Write) -> None:
    ends = [("STOPPED", 0.3, ONE), ("COMPLETED", 0.8, TWO), ("COMPLETED", 0.9, THREE)]
    study = written([SyntheticTrial(state, (value,), config) for state, value, config in ends], folder="third")
    info = target_info([study, pair(written)[0]])
    assert (info.target, info.studies[0].trials) == (0.8, 2)


def test_target_needs_a_value_in_every_study(written: Write) -> None:
    info = target_info([*pair(written), written([], folder="empty")])
    assert info.target is None
    assert [study.minutes for study in info.studies] == [None] * 3
    assert target.VIEW.missing(info) == "not every study has a trial with a value"


def test_different_objectives_are_not_compared(written: Write) -> None:
    studies = pair(written, objective="val_loss")
    assert distribution_info(studies).metric is None
    assert target.VIEW.missing(target_info(studies)) == "the studies have different objectives"
    assert matched.VIEW.missing(matched_info(studies)) == "the studies have different objectives"


def test_setups_tell_the_keys_that_differ(written: Write) -> None:
    space = {"filters": {"choice": [8, 16, 32]}, "dropout": {"float": [0.0, 0.3]}}
    first = written(space={**space, "dropout": {"float": [0.0, 0.5]}}, trials=[])
    other = written(space={**space, "units": 64}, trials=[], folder="other", name="other", seed=8, epochs=5)
    assert setups_info([first, other]) == SetupsInfo(
        ("digits cnn", "other"),
        (
            SetupRow("epochs", ("18", "5")),
            SetupRow("space.dropout", ("float: [0.0, 0.5]", "float: [0.0, 0.3]")),
            SetupRow("space.units", ("–", "64")),
            SetupRow("seed", ("7", "8")),
        ),
    )
    same = setups_info([first, first])
    assert same.rows == ()
    assert setups.VIEW.missing(same) == "the experiments are the same but for their names"


def test_matched_configs(written: Write) -> None:
    info = matched_info(pair(written))
    assert info == MatchedInfo(
        metric="val_accuracy",
        names=("digits cnn", "other"),
        rows=(
            Match((("filters", 16),), ((1, 0.8), (0, 0.9))),
            Match((("filters", 8),), ((0, 0.5), (1, 0.6))),
        ),
        total=2,
        differences=(info.differences[0],),
        pictures=360,
    )
    assert info.differences[0] is not None
    assert round(info.differences[0], 9) == 0.1
    assert matched.VIEW.notes(info) == ("other: +0.10 on average against digits cnn over the configs that both tried.",)


def test_of_a_single_match_is_told_what_was_searched(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (0.5,), THREE)]
    (match,) = matched_info([written(trials), written(trials, folder="third", name="third")]).rows
    assert ("filters", THREE["filters"]) in match.config


def test_nothing_matches(written: Write) -> None:
    first, _ = pair(written)
    other = written([SyntheticTrial("COMPLETED", (0.5,), THREE)], folder="third")
    assert matched.VIEW.missing(matched_info([first, other])) == "no config was tried by two studies"
