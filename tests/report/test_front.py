"""The front of several objectives on the page, of trials whose front is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_finalists, write_study

from cnnsearch.report import markdown
from cnnsearch.report.statistics.finalists import finalists_info
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.views.finalists import view as finalists_view
from cnnsearch.report.views.front.figure import hypervolume_by_trial
from cnnsearch.report.views.front.info import front_info
from cnnsearch.report.views.front.view import VIEW
from cnnsearch.report.views.history.info import history_info
from cnnsearch.report.views.parallel import view as parallel_view
from cnnsearch.report.views.parallel.info import parallel_info
from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.front_words import front_in_words

Write = Callable[..., Study]

TRIALS = ((0.5, 4.0), (0.9, 8.0), (0.7, 2.0), (0.6, 3.0), (0.8, 6.0))
"""Value and latency; 0 and 3 are beaten by 2."""


@pytest.fixture
def study(written: Write) -> Study:
    return written(
        [
            SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": latency / 1000, "compute_seconds": 1.0})
            for value, latency in TRIALS
        ],
        objective=["val_accuracy", "latency_ms"],
        scheduler="none",
        choose={"within": 0.1, "of": "val_accuracy", "then": "latency_ms"},
    )


def test_the_front_and_how_it_grew(study: Study) -> None:
    info = front_info(study)
    assert info.names == ("val_accuracy", "latency_ms")
    assert [(row.trial, row.values, row.means) for row in info.rows] == [
        (1, (0.9, pytest.approx(8.0)), ()),
        (4, (0.8, pytest.approx(6.0)), ()),
        (2, (0.7, pytest.approx(2.0)), ()),
    ]
    assert info.chosen == 4
    volumes = {each.trials: each.volume for each in info.growth}
    # Scaled by 0.5 to 0.9 and by 8 to 2 ms: trial 2 is (0.5, 1), trial 4 is (0.75, 1/3).
    assert volumes == pytest.approx({1: 0.0, 2: 0.0, 3: 0.5, 5: 0.5 + 0.25 / 3})
    assert list(hypervolume_by_trial(info).data[0].x) == [1, 2, 3, 5]
    assert VIEW.notes(info)[0] == (
        "Trial 4 is chosen: within 0.1 of the best val_accuracy, then latency_ms. Values are those of the search."
    )
    assert VIEW.notes(info)[1].startswith("Elsewhere on this page the objective is val_accuracy.")


def test_each_row_tells_its_config_and_how_to_get_its_model(study: Study) -> None:
    (study.path / "front").mkdir()
    (study.path / "front" / "000002.keras").write_text("")
    rows = {row.trial: row for row in front_info(Study.load(study.path)).rows}
    assert rows[2].is_kept
    assert rows[2].command == f"cnnsearch export {study.path} --trial 2 -o trial-2.keras"
    assert not rows[1].is_kept
    assert rows[1].command == f"cnnsearch rerun {study.path} 1 --export trial-1.keras"
    assert rows[1].config == study.experiment.space.own(study.records[1].config)


def test_a_model_of_one_fold_is_called_so(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": value}) for value in (0.5, 0.9)]
    study = written(trials, objective=["val_accuracy", "latency_ms"], evaluation={"folds": 5}, final="refit")
    (study.path / "front").mkdir()
    (study.path / "front" / "000000.keras").write_text("")
    rows = {row.trial: row for row in front_info(Study.load(study.path)).rows}
    assert rows[0].fold == "It is that of one of 5 folds, and was trained without the pictures that judge it."
    assert rows[1].fold == ""


def test_the_verdict_names_a_front(study: Study) -> None:
    told = (
        "In val_accuracy and latency_ms no other trial beats one of these 3: 1, 4, 2. Trial 4 is chosen: within 0.1 of"
    )
    assert front_in_words(study).startswith(told)
    verdict = verdict_info(study)
    assert verdict.text.startswith(told)
    assert "In the search it had val_accuracy 0.800 and latency_ms 6.000." in verdict.text
    assert "tie" not in verdict.text


def test_other_views_say_of_which_objective_they_are(study: Study) -> None:
    parallel = parallel_info(study)
    assert (parallel.best, parallel.named) == (4, False)
    lead = parallel_view.VIEW.lead
    assert "The thick one is trial 4, which was chosen by all objectives: others may stand" in lead(parallel)
    table = trials_info(study)
    assert [column.name for column in table.columns][:4] == ["trial", "state", "val_accuracy", "latency_ms"]
    assert table.columns[3].values == pytest.approx((4.0, 8.0, 2.0, 3.0, 6.0))
    headline = headline_info(study)
    assert headline is not None
    assert headline.lines[0].startswith("Chosen: trial 4, val_accuracy in the search 0.800 (95% interval ")
    assert headline.lines[1:] == ("  latency_ms in the search: 6.000",)
    assert r"latency\_ms in the search 6.000" in markdown([study])


def test_what_more_trials_may_bring_ends_at_the_best_value_there_is(written: Write) -> None:
    """The chosen trial has 0.1, the best one 0.99: nothing can be better than that by more than 0.01."""
    gains = [0.1, *(0.02 * place for place in range(1, 45)), 0.99]
    study = written(
        [
            SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": 0.001 if value == 0.1 else 1.0})
            for value in gains
        ],
        objective=["val_accuracy", "latency_ms"],
        scheduler="none",
        choose={"of": "latency_ms", "then": "val_accuracy"},
    )
    assert study.ranked[0].best_value == 0.1
    assert history_info(study).expected == pytest.approx(0.01)


def test_finalists_of_several_objectives_are_not_called_worse(tmp_path: Path) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": latency / 1000})
        for value, latency in ((0.9, 8.0), (0.7, 2.0))
    ]
    keys = {"objective": ["val_accuracy", "latency_ms"], "scheduler": "none", "finalists": {"top": 2, "seeds": 2}}
    made = write_study(tmp_path / "a", digits_experiment(**keys), trials)
    study = write_finalists(made.path, {0: [0.8, 0.82], 1: [0.7, 0.7]})
    info = finalists_info(study)
    assert info.several
    (note,) = finalists_view.VIEW.notes(info)
    assert "nobody is called tied or worse" in note
    assert "by the means over fresh seeds" in VIEW.notes(front_info(study))[0]


def test_one_objective_has_no_section(written: Write) -> None:
    assert VIEW.absent(front_info(written([SyntheticTrial("COMPLETED", (0.5,))])))
