"""Options that Python takes for equal, or that read alike, are told apart in every view."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report.statistics.edges import place_of
from cnnsearch.report.statistics.surrogate import encoded
from cnnsearch.report.views.failures.info import failures_info
from cnnsearch.report.views.importance.info import _told
from cnnsearch.report.views.matched.info import matched_info
from cnnsearch.report.views.pairs.info import pairs_info
from cnnsearch.report.views.parallel.info import parallel_info
from cnnsearch.report.views.slices.info import slices_info
from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.space import Choice
from cnnsearch.study import Study

OPTIONS = [True, 1, 1.0, "1"]
TEXTS = ("true", "1", "1.0", '"1"')
"""As the views write them."""

ACCURACIES = (0.5, 0.6, 0.7, 0.8)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four trials of each option, which alone decides. All failures have the option 1."""
    experiment = digits_experiment(
        model="own_families:build",
        space={"norm": {"choice": OPTIONS}, "width": {"choice": [8, 16]}, "batch_size": 64},
    )
    trials = [
        SyntheticTrial("COMPLETED", [accuracy + 0.001 * number], {"norm": option, "width": 8 + 8 * (number % 2)})
        for number in range(4)
        for option, accuracy in zip(OPTIONS, ACCURACIES, strict=True)
    ]
    trials += [SyntheticTrial("FAILED", [], {"norm": 1, "width": width}, "it broke") for width in (8, 16, 8)]
    return write_study(tmp_path_factory.mktemp("equal"), experiment, trials)


def test_trials_are_grouped_by_what_they_had(study: Study) -> None:
    norm = slices_info(study).slices[0]
    assert norm.options == TEXTS
    assert [(group.low, group.trials, round(group.median, 4)) for group in norm.groups] == [
        (place, 4, round(accuracy + 0.0015, 4)) for place, accuracy in enumerate(ACCURACIES)
    ]
    (pair,) = pairs_info(study).pairs
    assert (pair.first, tuple(band.text for band in pair.rows)) == ("norm", TEXTS)
    assert [round(next(iter(row)), 3) for row in pair.medians] == [accuracy + 0.001 for accuracy in ACCURACIES]


def test_lines_and_columns_are_one_an_option(study: Study) -> None:
    axis = parallel_info(study).axes[0]
    assert [text for _, text in axis.ticks] == list(TEXTS)
    columns = encoded(study.experiment.space, [{"norm": option, "width": 8} for option in OPTIONS])[:, :4]
    assert columns.tolist() == [[float(place == own) for place in range(4)] for own in range(4)]
    told = [_told(study.experiment.space["norm"], option) for option in OPTIONS]  # to Optuna, that weighs them
    assert len(set(told)) == 4


def test_settings_are_told_apart(study: Study) -> None:
    info = trials_info(study)
    rows = info.rows
    assert info.best == 15
    assert [info.is_winners(row, "norm") for row in rows[:15]] == [option == TEXTS[3] for option in 4 * TEXTS][:15]
    assert [row.settings["norm"] for row in rows[:4]] == list(TEXTS)
    assert failures_info(study).groups[0].alike == ("norm 1",)


def test_studies_match_where_their_values_do(tmp_path: Path) -> None:
    """A dropout of 0 is the default, 0.0, as it is a float; unfrozen layers 1 and 1.0 are one layer and all."""
    trial = SyntheticTrial("COMPLETED", [0.9])
    one, other = (
        write_study(tmp_path / name, digits_experiment(space=space), [trial, trial])
        for name, space in (("a", {"filters": 8, "dropout": 0}), ("b", {"filters": 8}))
    )
    (match,) = matched_info([one, other]).rows
    assert match.trials == ((0, 0.9), (0, 0.9))
    one, other = (
        write_study(tmp_path / name, digits_experiment(model="transfer", space={"unfrozen_layers": layers}), [trial])
        for name, layers in (("c", 1), ("d", 1.0))
    )
    assert matched_info([one, other]).rows == ()


def test_a_place_is_that_of_the_option_itself() -> None:
    assert [place_of(Choice((2, 1, 1.0)), value) for value in (1, 1.0, 2)] == [0.0, 0.5, 1.0]
