from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest

from cnnsearch.cli.terminal.progress import ProgressDisplay, in_lines
from cnnsearch.study.progress.progress import Progress

PROGRESS = Progress(
    ended={"COMPLETED": 2, "FAILED": 1},
    running={4: 2, 5: 0},
    best_value=0.75,
    best_config={"filters": 8, "learning_rate": 0.00123456},
    best_trial=1,
    of_front=False,
    elapsed=30.0,
    trials=12,
    seconds=None,
    left=90.0,
)


def test_lines_tell_what_ended_what_is_best_and_what_runs() -> None:
    assert [line.plain for line in in_lines(PROGRESS, "val_accuracy", 20)] == [
        "3/12 trials ended (2 completed, 1 failed), 30 s, about 1 min 30 s left",
        "best val_accuracy 0.7500 (trial 1)",
        "  filters=8, learning_rate=0.001235",
        "running: 4 (2/20), 5 (0/20)",
    ]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"left": 30.0}, ", 30 s, about 30 s left"),
        ({"seconds": 60.0, "elapsed": 75.0}, ", 1 min 15 s, the minutes are over and the trials in flight end"),
        ({"seconds": 60.0, "elapsed": 75.0, "running": {}}, ", 1 min 15 s, the minutes are over"),
        ({"left": 0.0, "running": {}}, ", 30 s"),
        ({"left": None}, ", 30 s"),
    ],
)
def test_what_is_left_is_told_until_there_is_nothing_left(keys: dict[str, Any], words: str) -> None:
    first, *_ = in_lines(replace(PROGRESS, **keys), "val_accuracy", 20)
    assert first.plain.endswith(f" ended (2 completed, 1 failed){words}")


@pytest.mark.parametrize(("pictures", "said"), [(0, "0.7500"), (360, "0.750"), (100, "0.75")])
def test_the_best_value_has_the_digits_that_its_pictures_bear(pictures: int, said: str) -> None:
    assert in_lines(PROGRESS, "val_accuracy", 20, pictures)[1].plain == f"best val_accuracy {said} (trial 1)"


def test_what_runs_after_the_search_is_told_with_what_is_left() -> None:
    first, _ = in_lines(replace(PROGRESS, finalists=(2, 15), seconds=10.0), "val_accuracy", 20)
    assert first.plain == "2/15 runs of the finalists ended, 30 s, about 1 min 30 s left"


def test_of_several_objectives_one_is_chosen_and_refused_configs_are_counted() -> None:
    first, chosen = in_lines(replace(PROGRESS, of_front=True, refused=1), "val_accuracy", 20, brief=True)
    assert chosen.plain == "chosen of the front: val_accuracy 0.7500 (trial 1)"
    assert ", 1 config refused, " in first.plain


def test_brief_ones_leave_out_the_config_and_what_runs() -> None:
    assert len(in_lines(PROGRESS, "val_accuracy", 20, brief=True)) == 2


def test_rays_dashboard_is_linked_once(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressDisplay("val_accuracy", 20, quiet=False) as display:
        for _ in range(3):
            display(dataclasses.replace(PROGRESS, dashboard="http://127.0.0.1:8265"))
    assert capsys.readouterr().err.count("Ray's dashboard: http://127.0.0.1:8265\n") == 1


@pytest.mark.parametrize(("dashboard", "quiet"), [(None, False), ("http://127.0.0.1:8265", True)])
def test_it_is_not_where_there_is_none_or_nothing_is_to_be_said(
    dashboard: str | None, quiet: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressDisplay("val_accuracy", 20, quiet) as display:
        display(dataclasses.replace(PROGRESS, dashboard=dashboard))
    assert "dashboard" not in capsys.readouterr().err


REFIT = "trial 1 is trained again on all 80 training and validation pictures for 12 epochs"


def test_the_refit_is_told_when_it_runs_and_when_it_has_ended() -> None:
    for making, words in (
        (REFIT, f"{REFIT}, 30 s, about 1 min 30 s left, 7.2 s after the minutes"),
        ("", "the refit has ended, "),
    ):
        first, best = in_lines(replace(PROGRESS, refitting=bool(making), making=making, late=7.2), "val_accuracy", 20)
        assert first.plain.startswith(words)
        assert best.plain.startswith("best val_accuracy in the search ")


def test_what_begins_after_the_search_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal; lines are some seconds apart else."""
    following = [
        replace(PROGRESS, finalists=(0, 6)),
        replace(PROGRESS, finalists=(1, 6)),
        replace(PROGRESS, finalists=(6, 6), refitting=True, making=REFIT),
        replace(PROGRESS, finalists=(6, 6), refitting=False),
    ]
    with ProgressDisplay("val_accuracy", 20, quiet=False) as display:
        for progress in (PROGRESS, PROGRESS, *following):
            display(progress)
    told = [line.split(",")[0] for line in capsys.readouterr().err.splitlines()[1:]]
    assert told == ["3/12 trials ended (2 completed", "0/6 runs of the finalists ended", REFIT, "the refit has ended"]
