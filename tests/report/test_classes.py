"""Classes, pairs of trials, calibration and mistakes, from predictions that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_finalists

from cnnsearch.errors import InputError
from cnnsearch.report import figures
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.study import Study
from cnnsearch.tasks.labelled.views.confusion.by_class import ClassesInfo, ClassRow, classes_info
from cnnsearch.tasks.labelled.views.paired.info import ClassChange, PairedInfo, Rival, paired_info

Write = Callable[..., Study]

THREE = environment(classes=("cat", "dog", "owl"), validation=10)  # 4, 3, 3
TWO_TRIALS = [SyntheticTrial("COMPLETED", (0.8,)), SyntheticTrial("COMPLETED", (0.6,))]


def test_classes_have_precision_recall_f1_and_support(written: Write) -> None:
    # The last two owls are taken for cats.
    info = classes_info(written(TWO_TRIALS, described=THREE))
    assert info == ClassesInfo(
        trial=0,
        rows=(
            ClassRow("cat", 4, 6, wilson(4 / 6, 6), 4 / 6, wilson(1.0, 4), 1.0, 0.8),
            ClassRow("dog", 3, 3, wilson(1.0, 3), 1.0, wilson(1.0, 3), 1.0, 1.0),
            ClassRow("owl", 3, 1, wilson(1.0, 1), 1.0, wilson(1 / 3, 3), 1 / 3, 0.5),
        ),
        macro_f1=pytest.approx((0.8 + 1.0 + 0.5) / 3),
        weakest="owl",
        imbalance=4 / 3,
    )


def test_a_class_without_pictures_or_answers_has_no_shares(written: Write) -> None:
    described = environment(classes=("cat", "dog", "owl"), validation=2)
    info = classes_info(written([SyntheticTrial("COMPLETED", (1.0,))], described=described))
    assert info.rows[2] == ClassRow("owl", 0, 0, None, None, None, None, None)
    assert (info.macro_f1, info.weakest) == (1.0, None)


def test_two_trials_are_compared_on_the_same_pictures(written: Write) -> None:
    # Trial 0 takes the last two owls for cats; trial 1 all three, and the last dog for an owl.
    info = paired_info(written(TWO_TRIALS, described=THREE, predictions=2))
    assert info == PairedInfo(
        first=0,
        names=("cat", "dog", "owl"),
        rivals=(
            Rival(
                trial=1,
                both=6,
                only_first=2,
                only_other=0,
                neither=2,
                agreement=0.8,
                p_value=0.5,
                classes=(ClassChange("dog", 3, 1, 0), ClassChange("owl", 3, 1, 0)),
                members=(0, 1, 2),
                difference=((0, 0, 0), (0, 1, -1), (-1, 0, 1)),
            ),
        ),
        pictures=10,
    )


def test_any_two_trials_may_be_asked_for(written: Write) -> None:
    study = written([*TWO_TRIALS, SyntheticTrial("COMPLETED", (0.7,))], described=THREE, predictions=[0, 1])
    info = paired_info(study, first=1, other=0)
    assert (info.first, [rival.trial for rival in info.rivals]) == (1, [0])
    assert (info.rivals[0].only_first, info.rivals[0].only_other) == (0, 2)
    assert [rival.trial for rival in paired_info(study).rivals] == [1]
    difference = figures.confusion_difference(study, 1, 0).data[0].z
    assert [list(row) for row in difference] == [[0, 0, 0], [0, -1, -1], [-1, 0, -1]]  # worse by each
    with pytest.raises(InputError, match="cannot be drawn: no predictions of trial 2 were kept"):
        figures.confusion_difference(study, 0, 2)
    assert paired_info(study, 0, 2).missing == "no predictions of trial 2 were kept"
    assert paired_info(study, 2).missing == "no predictions of trial 2 were kept"


def test_predictions_on_other_pictures_are_no_rival(written: Write) -> None:
    study = written(TWO_TRIALS, described=THREE, predictions=2)
    kept = study.predictions(1)
    assert kept is not None
    arrays = kept.to_arrays()
    np.savez(study.path / "predictions" / "000001.npz", **{**arrays, "labels": arrays["labels"][::-1]})
    assert paired_info(study).missing == "there is no other trial whose predictions were kept"


def test_finalists_are_compared_on_the_same_fresh_seed(written: Write) -> None:
    """The model in ``best/`` is a run of a finalist: set against searches it would not be like with like."""
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8, 0.7)]
    made = written(trials, described=THREE, predictions=3, finalists={"top": 2, "seeds": 3})
    study = write_finalists(made.path, {0: [0.7, 0.6, 0.5], 1: [0.8, 0.7, 0.9]})
    assert (study.best.trial, study.best.run) == (1, 0)  # type: ignore[union-attr]
    finalist, searched = paired_info(study).rivals
    assert (finalist.trial, finalist.run, finalist.basis) == (0, 0, "both on the same fresh seed, run 0")
    assert (finalist.both, finalist.only_first, finalist.only_other) == (7, 1, 0)
    assert (searched.trial, searched.run, searched.basis) == (2, None, "both in the search")
    assert (searched.both, searched.only_first, searched.only_other) == (7, 1, 0)
    (study.path / "predictions" / "000000-0.npz").unlink()
    assert paired_info(study, 1, 0).rivals[0].run == 1, "any seed that both have"


def test_nothing_was_kept(written: Write) -> None:
    study = written(TWO_TRIALS, predictions=0)
    for info in (classes_info(study), paired_info(study)):
        assert info.missing == "no predictions of trial 0 were kept"
    empty = written([], "empty")
    for info in (classes_info(empty), paired_info(empty)):
        assert info.missing == "no trial has a value"
