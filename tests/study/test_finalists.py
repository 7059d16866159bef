"""Which finalist wins, and which of its runs is the one to ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import metrics, run
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.finalists import Finalists, fresh_seeds

RANKED = (7, 4, 9, 1)


def finalists(values: dict[int, list[float | str | None]], seeds: int = 3, **keys: Any) -> Finalists:
    """Of runs by trial: a value, ``None`` for one that has not ended, ``failed``."""
    experiment = digits_experiment(finalists={"top": 3, "seeds": seeds}, **keys)
    lines = [
        run(trial, number, value if isinstance(value, float) else None)
        for trial, of in values.items()
        for number, value in enumerate(of)
        if value is not None
    ]
    return Finalists.of(experiment, RANKED, lines)


def test_runs_are_planned_seed_by_seed_with_the_same_seeds_for_all() -> None:
    planned = finalists({}, seeds=2).planned
    assert [(run.trial, run.run) for run in planned] == [(7, 0), (4, 0), (9, 0), (7, 1), (4, 1), (9, 1)]
    assert [run.seed for run in planned] == [seed for seed in fresh_seeds(7, 2) for _ in range(3)]


def test_fresh_seeds_are_new_and_the_first_ones_stay() -> None:
    assert len(set(fresh_seeds(3, 50))) == 50
    assert fresh_seeds(3, 2) == fresh_seeds(3, 50)[:2]
    assert set(fresh_seeds(3, 50)).isdisjoint(fresh_seeds(4, 50))


def test_the_winner_has_the_best_mean_and_its_median_run_is_chosen() -> None:
    found = finalists({7: [0.90, 0.91, 0.92], 4: [0.96, 0.90, 0.93], 9: [0.5, 0.6, 0.7]})
    assert [standing.trial for standing in found.standings] == [4, 7, 9]
    assert [round(standing.mean or 0, 6) for standing in found.standings] == [0.93, 0.91, 0.6]
    assert found.winner == 4
    assert found.chosen is not None
    assert (found.chosen.run, found.chosen.value) == (2, 0.93)


def test_losses_are_better_when_smaller() -> None:
    found = finalists({7: [0.3, 0.1, 0.4], 4: [0.3, 0.3, 0.35], 9: [0.5] * 3}, objective="val_loss")
    assert [standing.trial for standing in found.standings] == [7, 4, 9]
    assert found.chosen is not None
    assert found.chosen.value == 0.3


@pytest.mark.parametrize(
    ("values", "metric", "run"),
    [
        ([0.9, 0.7, 0.8, 0.6], "val_accuracy", 1),  # of 0.6, 0.7, 0.8, 0.9: the lower of the middle two
        ([0.9, 0.7, 0.8, 0.6], "val_loss", 2),
        ([0.8, 0.8, 0.8, 0.8], "val_accuracy", 1),
    ],
)
def test_of_an_even_number_of_runs_the_worse_in_the_middle(
    values: list[float | str | None], metric: str, run: int
) -> None:
    worst = 0.0 if metric == "val_accuracy" else 9.0
    found = finalists({7: values, 4: [worst] * 4, 9: [worst] * 4}, seeds=4, objective=metric)
    assert found.chosen is not None
    assert (found.chosen.trial, found.chosen.run) == (7, run)


def test_of_equal_means_the_one_that_the_search_ranked_first() -> None:
    assert finalists({7: [0.8] * 3, 4: [0.9] * 3, 9: [0.9] * 3}).winner == 4


def test_no_winner_while_runs_remain() -> None:
    found = finalists({7: [0.9, 0.9, 0.9], 4: [0.8, 0.8, None], 9: [0.7, 0.7, None]})
    assert [(run.trial, run.run) for run in found.remaining] == [(4, 2), (9, 2)]
    assert found.compared == (0, 1)
    assert found.winner is None
    assert found.chosen is None


def test_a_finalist_that_failed_does_not_win_against_one_that_never_did() -> None:
    found = finalists({7: [0.99, "failed", 0.99], 4: [0.8, 0.9, 0.8], 9: [0.7, 0.8, 0.9]})
    assert [(one.trial, one.failed, one.compared) for one in found.standings] == [
        (4, 0, True),
        (9, 0, True),
        (7, 1, False),
    ]
    assert found.standings[2].mean == 0.99
    assert found.compared == (0, 1, 2)


def test_where_every_finalist_failed_once_common_runs_are_compared() -> None:
    found = finalists({7: [0.9, "failed", 0.7], 4: ["failed", 0.9, 0.8], 9: ["failed"] * 3})
    assert found.compared == (2,)
    assert [(one.trial, one.mean) for one in found.standings] == [(4, 0.8), (7, 0.7), (9, None)]
    assert found.winner == 4


def test_nothing_wins_where_all_runs_failed() -> None:
    found = finalists({trial: ["failed"] * 3 for trial in (7, 4, 9)})
    assert found.remaining == ()
    assert (found.winner, found.chosen) == (None, None)


def test_an_experiment_without_finalists_has_none(small: Callable[..., Experiment]) -> None:
    with pytest.raises(ValueError, match="no section"):
        Finalists.of(small(), RANKED, [])


def test_the_best_of_a_study_is_the_winner_that_was_named(tmp_path: Path) -> None:
    experiment = digits_experiment(finalists={"top": 2, "seeds": 2})
    trials = [SyntheticTrial("COMPLETED", (0.9,)), SyntheticTrial("COMPLETED", (0.8,))]
    study = write_study(tmp_path / "study", experiment, trials)
    assert study.finals is None
    record = Record(study.store)
    for trial, value in ((0, 0.7), (1, 0.75), (0, 0.7)):
        number = 1 if trial == 0 and (study.path / "finalists.jsonl").exists() else 0
        record.end_finalist(run(trial, number, value, ended=2e9))
    cut_short = type(study).load(study.path)
    assert cut_short.best == study.best
    assert [(run.trial, run.run) for run in cut_short.finals.remaining] == [(1, 1)]  # type: ignore[union-attr]
    record.end_finalist(run(1, 1, 0.74))
    best = type(study).load(study.path).best
    assert best is not None
    assert (best.trial, best.run, best.value) == (1, 1, 0.74)
    assert best.config == study.records[1].config
    assert best.metrics == metrics(0.74)
    table = type(study).load(study.path).finalists
    assert table.index.tolist() == [1, 0]
    assert table["winner"].tolist() == [True, False]
    assert table["mean"].tolist() == pytest.approx([0.745, 0.7])
    assert table[["run.0", "run.1"]].to_numpy().tolist() == [[0.75, 0.74], [0.7, 0.7]]
    assert table["config.filters"].tolist() == [study.records[trial].config["filters"] for trial in (1, 0)]
    assert study.finalists.empty


def test_the_summary_is_of_json_types() -> None:
    found = finalists({7: [0.75, "failed"], 4: [0.5, 0.25], 9: [0.5, None]}, seeds=2).summary()
    assert found == {
        "winner": None,
        "run": None,
        "standings": [
            {"trial": 4, "mean": 0.5, "values": [0.5, 0.25], "failed": 0},
            {"trial": 9, "mean": 0.5, "values": [0.5], "failed": 0},
            {"trial": 7, "mean": 0.75, "values": [0.75], "failed": 1},
        ],
        "remaining": 1,
    }


def test_of_several_objectives_the_winner_is_chosen_by_the_means_of_all() -> None:
    """4 has the best mean; 7 is within 0.02 of it, and quicker; 9 is quickest, and too weak."""
    experiment = digits_experiment(
        objective=["val_accuracy", "latency_ms"],
        scheduler="none",
        choose={"within": 0.02, "of": "val_accuracy", "then": "latency_ms"},
        finalists={"top": 3, "seeds": 2},
    )
    told = {7: (0.94, 3.0), 4: (0.95, 9.0), 9: (0.90, 1.0)}
    lines = [
        run(trial, number, value + 0.01 * number, cost={"latency_seconds": (latency + number) / 1000})
        for trial, (value, latency) in told.items()
        for number in (0, 1)
    ]
    found = Finalists.of(experiment, RANKED, lines)
    assert [one.trial for one in found.standings] == [7, 4, 9]
    assert found.winner == 7
    assert found.vector(7) == pytest.approx((0.945, -3.5))
