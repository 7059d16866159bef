"""Views of the searched space, on studies whose answer is known.

In the made-up study ``filters`` decides most, ``learning_rate`` some and is best at the upper end of its range, the
other parameters nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.statistics.edges import Edge, edges, place_of
from cnnsearch.report.statistics.overall_importance import overall_importance_info, with_value_of
from cnnsearch.report.statistics.surrogate import columns_of, encoded, surrogate_of
from cnnsearch.report.views.history.info import history_info
from cnnsearch.report.views.history.view import VIEW as HISTORY
from cnnsearch.report.views.pairs.figure import pairs_figure
from cnnsearch.report.views.pairs.info import Band, pairs_info
from cnnsearch.report.views.path import view as path_view
from cnnsearch.report.views.path.info import Change, path_info
from cnnsearch.report.views.slices import view as slices_view
from cnnsearch.report.views.slices.figure import slices_figure
from cnnsearch.report.views.slices.info import Group, SlicePoint, slices_info
from cnnsearch.space import Choice, Float, Int, Space
from cnnsearch.study import Study
from cnnsearch.study.progress.expected_gain import expected_gain

Write = Callable[..., Study]

SPACE = {
    "filters": {"choice": [8, 16, 32]},
    "learning_rate": {"float": [1e-4, 1e-2], "log": True},
    "dense_layers": {"int": [0, 2]},
    "units": {"int": [32, 256], "log": True, "when": {"dense_layers": [1, 2]}},
    "dropout": {"float": [0.0, 0.5]},
}


def by_filters_and_rate(config: Mapping[str, Any]) -> float:
    rate = (math.log10(config["learning_rate"]) + 4) / 2
    return round(0.4 + 0.15 * (config["filters"] == 16) + 0.3 * (config["filters"] == 32) + 0.1 * rate, 4)


def drawn(count: int, value: Callable[[Mapping[str, Any]], float] = by_filters_and_rate) -> list[SyntheticTrial]:
    space = Space.from_dict(SPACE)
    configs = [space.sample(np.random.default_rng(n)) for n in range(count)]
    return [SyntheticTrial("COMPLETED", (value(config),), config) for config in configs]


@pytest.fixture
def known(written: Write) -> Study:
    return written(drawn(80), space=SPACE)


def test_importance_over_all_trials_finds_what_decides(known: Study) -> None:
    info = overall_importance_info(known)
    assert info.missing is None
    assert info.r2 is not None
    assert info.r2 > 0.9
    first, second, *others = info.parameters
    assert [first.name, second.name] == ["filters", "learning_rate"]
    assert first.beyond_chance
    assert second.beyond_chance
    # Dealing a parameter anew adds twice the variance that it explains, nearly all of it here.
    assert 1.2 < first.share < 2.5
    assert first.low < first.share < first.high
    assert all(abs(other.share) < 0.03 for other in others)
    assert {one.name: one.trials for one in info.parameters}["units"] == sum(
        "units" in record.config for record in known.records
    )


def test_importance_says_when_settings_explain_nothing(written: Write) -> None:
    rng = np.random.default_rng(0)
    info = overall_importance_info(written(drawn(40, lambda _: round(rng.uniform(0.5, 0.9), 4)), space=SPACE))
    assert info.parameters == ()
    assert info.missing == "the settings explain next to nothing of the differences between trials"
    assert overall_importance_info(written(drawn(19), "few", space=SPACE)).missing == (
        "it takes at least 20 trials with a value, and there are 19"
    )
    assert overall_importance_info(written(drawn(20, lambda _: 0.5), "equal", space=SPACE)).missing == (
        "all trials have the same value"
    )


def test_the_same_study_has_the_same_importances(written: Write) -> None:
    one, other = (written(drawn(30), name, space=SPACE) for name in ("one", "other"))
    assert overall_importance_info(one) == overall_importance_info(other)


def test_a_dealt_parent_takes_its_children_along_only_where_they_begin() -> None:
    space = Space(
        layers=Int(0, 2), units=Int(1, 9, when={"layers": (1, 2)}), rate=Float(0.0, 1.0, when={"layers": (2,)})
    )
    shallow, deep = {"layers": 0}, {"layers": 2, "units": 5, "rate": 0.5}
    assert with_value_of(space, shallow, "layers", deep) == deep
    assert with_value_of(space, deep, "layers", shallow) == shallow
    assert with_value_of(space, deep, "layers", {"layers": 1, "units": 7}) == {"layers": 1, "units": 5}
    assert with_value_of(space, deep, "units", {"layers": 1, "units": 7}) == {"layers": 2, "units": 7, "rate": 0.5}


def test_encoding_tells_inactive_from_any_value() -> None:
    space = Space(
        kind=Choice(["a", "b"]), rate=Float(0.01, 1.0, log=True), units=Int(0, 10, when={"kind": ("b",)}), fixed=3
    )
    rows = encoded(space, [{"kind": "a", "rate": 0.1}, {"kind": "b", "rate": 1.0, "units": 0}])
    assert rows.tolist() == [[1.0, 0.0, 0.5, -1.0], [0.0, 1.0, 1.0, 0.0]]
    assert [columns_of(space, name) for name in space.searched] == [[0, 1], [2], [3]]


def test_surrogate_of_losses_over_decades_predicts_the_logarithm(written: Write) -> None:
    trials = drawn(60, lambda config: round(1 - 0.5 * 10 ** (-config["filters"] / 8), 6))
    surrogate = surrogate_of(written(trials, space=SPACE, objective="val_loss"))
    assert not isinstance(surrogate, str)
    assert surrogate.log
    assert surrogate.predict([{**trials[0].config, "filters": 32}])[0] == pytest.approx(1e-4, rel=0.2)  # type: ignore[dict-item]


def test_edge_alarm_is_raised_where_the_best_stand_and_nowhere_else(known: Study) -> None:
    found = edges(known)
    assert [(edge.parameter, edge.side) for edge in found] == [("filters", "upper")]
    top = known.ranked[:8]
    assert {record.config["filters"] for record in top} == {32}
    ends = sum(record.config["filters"] == 32 for record in known.records)
    assert found[0] == Edge("filters", "upper", 32.0, 32.0, True, 8, 8, ends, 80, found[0].p_value)
    assert found[0].p_value == pytest.approx(math.comb(ends, 8) / math.comb(80, 8))
    assert (
        "8 of the best 8 trials have a filters at the upper edge of its range, 32"
        in slices_view.VIEW.notes(slices_info(known))[0]
    )


def test_no_edge_alarm_where_nearly_all_trials_stand_there(written: Write) -> None:
    # 33 of 40 trials have the largest number of filters, the five best among them: so has any draw of five, in a third
    # of all cases.
    trials = [
        SyntheticTrial("COMPLETED", (0.9 - n / 100,), {"filters": 32 if n < 33 else 16, "dropout": 0.2})
        for n in range(40)
    ]
    space = {"filters": {"choice": [8, 16, 32]}, "dropout": {"float": [0.1, 0.5]}}
    assert edges(written(trials, space=space)) == ()


def test_edge_of_a_range_is_a_twentieth_of_it_in_its_scale(written: Write) -> None:
    # The best tenth have the highest learning rates, drawn so that they lie within the last twentieth.
    def config(number: int) -> dict[str, Any]:
        exponent = -2 - 0.005 * number if number < 10 else -2.2 - 0.02 * number
        return {"filters": (8, 16, 32)[number % 3], "learning_rate": 10**exponent, "dense_layers": 0, "dropout": 0.2}

    trials = [SyntheticTrial("COMPLETED", (0.9 - number / 1000,), config(number)) for number in range(80)]
    (edge,) = edges(written(trials, space=SPACE))
    assert (edge.parameter, edge.side, edge.bound, edge.winner) == ("learning_rate", "upper", 0.01, True)
    assert (edge.top, edge.top_all, edge.near, edge.all) == (8, 8, 10, 80)


def test_no_alarm_where_there_is_nothing_beyond(written: Write) -> None:
    space = {
        "dropout": {"float": [0.0, 0.5]},
        "filters": {"choice": [8, 16]},
        "pooling": {"choice": ["max", "average"]},
    }
    trials = [
        SyntheticTrial(
            "COMPLETED", (0.9 - n / 100,), {"dropout": n / 80, "filters": 8 + 8 * (n < 20), "pooling": "max"}
        )
        for n in range(40)
    ]
    # A dropout of 0 is as low as it gets, of two filters one is always at an end, and pooling has no order.
    assert edges(written(trials, space=space)) == ()
    assert edges(written(trials[:9], "few", space=space)) == ()


def test_places() -> None:
    assert place_of(Float(0.01, 1.0, log=True), 0.1) == pytest.approx(0.5)
    assert place_of(Choice([32, 8, 16]), 16) == 0.5
    assert place_of(Choice(["a", "b"]), "a") is None
    assert place_of(Choice([True, False]), True) is None


def test_slices_of_five_trials(five: Study) -> None:
    info = slices_info(five)
    assert [each.name for each in info.slices] == ["filters", "dense_layers", "units", "dropout"]
    filters, _, units, _ = info.slices
    assert filters.options == ("8", "16", "32")
    assert filters.points == (
        SlicePoint(0, "COMPLETED", 0.0, 0.9),
        SlicePoint(1, "STOPPED", 1.0, 0.4),
        SlicePoint(3, "COMPLETED", 2.0, 0.95),
    )
    assert filters.groups[0] == Group(0.0, 0.0, 1, 0.9, 0.9, 0.9)
    assert (units.log, units.inactive, len(units.points)) == (True, 1, 2)
    assert (info.best, info.total) == (3, 3)


def test_slices_group_like_values(known: Study) -> None:
    rate = next(each for each in slices_info(known).slices if each.name == "learning_rate")
    assert [group.trials for group in rate.groups] == [10] * 8
    assert all(one.high < other.low for one, other in zip(rate.groups, rate.groups[1:], strict=False))
    x = sorted(record.config["learning_rate"] for record in known.records)
    assert (rate.groups[0].low, rate.groups[-1].high) == (x[0], x[-1])


def test_an_edge_is_drawn_at_the_option_it_is_about(written: Write) -> None:
    space = {**SPACE, "filters": {"choice": [32, 8, 16]}}
    figure = slices_figure(slices_info(written(drawn(80), space=space)))
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(0, 0)]


def test_logarithmic_axes_have_round_numbers(known: Study) -> None:
    figure = slices_figure(slices_info(known))
    assert figure.layout.xaxis2.ticktext == ("0.0001", "0.001", "0.01")
    assert figure.layout.xaxis4.ticktext == ("10", "20", "50", "100", "200", "500", "1000", "2000", "5000")
    assert figure.layout.xaxis3.dtick == 1  # dense_layers


def test_pairs_are_medians_of_recorded_trials(known: Study) -> None:
    info = pairs_info(known)
    assert info.beyond_chance
    assert info.parameters[:2] == ("filters", "learning_rate")
    mattering = {one.name for one in overall_importance_info(known).parameters if one.beyond_chance}
    assert all({pair.first, pair.second} & mattering for pair in info.pairs)
    assert len(info.pairs) == 6 - sum(not {one, two} & mattering for one, two in combinations(info.parameters, 2))
    pair = info.pairs[0]
    assert [band.text for band in pair.rows] == ["8", "16", "32"]
    assert pair.columns[0] == Band("0.0001 to 0.0002154", 1e-4, pytest.approx(10 ** (-4 + 1 / 3)))
    members = [trial for row in pair.members for cell in row for trial in cell]
    assert sorted(members) == list(range(80))
    last = [
        record
        for record in known.records
        if record.config["filters"] == 32 and record.config["learning_rate"] >= pair.columns[-1].low
    ]
    assert pair.members[2][-1] == tuple(record.trial for record in last)
    assert pair.medians[2][-1] == pytest.approx(np.median([record.value for record in last]))
    assert info.high == pair.medians[2][-1]


def test_pairs_leave_cells_without_trials_empty(written: Write) -> None:
    config = {"learning_rate": 1e-3, "dense_layers": 0}
    trials = [
        SyntheticTrial(
            "COMPLETED",
            (0.5 + 0.2 * (n % 2) + 0.001 * n,),
            {**config, "filters": 8 + 8 * (n % 2), "dropout": 0.1 if n % 3 else 0.4},
        )
        for n in range(10)
    ]
    info = pairs_info(written(trials, space=SPACE))
    assert info.parameters == ("filters", "dropout")
    (pair,) = info.pairs
    assert [[median is not None for median in row] for row in pair.medians] == [
        [False, True, False, False, True, False],
        [False, True, False, False, True, False],
        [False] * 6,
    ]
    heat = pairs_figure(info).data[0]
    assert heat.customdata[0][4] == [0, 6]
    assert heat.customdata[2][0] is None
    assert pairs_info(written(trials[:9], "few", space=SPACE)).missing == (
        "it takes at least 10 trials with a value, and there are 9"
    )


def test_pairs_are_not_those_of_the_first_parameters_of_the_file(written: Write) -> None:
    config = {"filters": 8, "learning_rate": 1e-3, "dense_layers": 0, "dropout": 0.1}
    info = pairs_info(written([SyntheticTrial("COMPLETED", (0.5,), config)] * 10, space=SPACE))
    assert info.missing is not None
    assert info.missing.startswith("which parameters matter is not known: ")


def test_path_leads_from_the_defaults_to_the_winner(written: Write) -> None:
    space = {**SPACE, "filters": {"choice": [8, 16, 64]}}  # the family's default is 32

    def value(config: Mapping[str, Any]) -> float:
        return by_filters_and_rate({**config, "filters": {8: 8, 16: 16, 64: 32}[config["filters"]]})

    drawer = Space.from_dict(space)
    configs = [drawer.sample(np.random.default_rng(n)) for n in range(80)]
    study = written([SyntheticTrial("COMPLETED", (value(config),), config) for config in configs], space=space)
    info = path_info(study)
    winner = study.ranked[0]
    assert info.start == ("filters 16", "learning_rate 0.001", "dense_layers 1", "units 128", "dropout 0")
    assert info.moved == ("filters",)
    assert info.steps[0].changes == ()
    assert info.steps[1].changes == (Change("filters", "16", "64"),)
    assert [change.parameter for change in info.steps[2].changes] == ["learning_rate"]
    assert [step.chance for step in info.steps] == [False, False, False, True]
    assert (info.steps[-1].recorded, info.steps[-1].trial) == (winner.value, winner.trial)
    assert info.steps[0].predicted == pytest.approx(0.6, abs=0.04)
    assert info.steps[1].predicted == pytest.approx(0.75, abs=0.04)
    assert [step.recorded for step in info.steps[:-1]] == [None] * (len(info.steps) - 1)
    # What moves nothing gets no credit of its own.
    assert {change.parameter for change in info.steps[-1].changes} <= {"dense_layers", "units", "dropout"}
    text = " ".join(path_view.VIEW.notes(info))
    assert "predicted by a surrogate" in text
    assert "Of filters the default lies outside the space" in text
    assert "Changed last, as by itself this moves val_accuracy no further than chance may: " in text


def test_no_path_where_the_settings_explain_nothing(written: Write) -> None:
    chance = np.random.default_rng(0)
    study = written(drawn(80, lambda _: round(0.5 + 0.4 * float(chance.random()), 6)), space=SPACE)
    surrogate = surrogate_of(study)
    assert not isinstance(surrogate, str)
    assert surrogate.r2 < 0.1
    why = "the settings explain next to nothing of the differences between trials"
    assert path_view.VIEW.missing(path_info(study)) == why


def test_path_of_few_trials_is_left_out(five: Study) -> None:
    assert path_view.VIEW.missing(path_info(five)) == "it takes at least 20 trials with a value, and there are 3"


def test_path_of_a_winner_at_the_default_has_no_steps(written: Write) -> None:
    default = {"filters": 32, "learning_rate": 1e-3, "dense_layers": 1, "units": 128, "dropout": 0.0}
    study = written([*drawn(25), SyntheticTrial("COMPLETED", (0.99,), default)], space=SPACE)
    info = path_info(study)
    assert (len(info.steps), info.steps[0].trial, info.steps[0].recorded) == (1, 25, 0.99)
    assert path_view.VIEW.missing(info) == "the winner is the default config"


def test_what_more_trials_would_give_is_told(written: Write) -> None:
    values = [0.5 + 0.01 * (7 * k % 30) for k in range(30)]
    study = written([SyntheticTrial("COMPLETED", (value,)) for value in values])
    info = history_info(study)
    assert info.expected == pytest.approx(expected_gain(values, 30, 1 - 0.79))
    (note,) = HISTORY.notes(info)
    assert note.startswith("As many trials again, ")
    assert "would probably improve the best val_accuracy by 0.0" in note
    few = history_info(written([SyntheticTrial("COMPLETED", (0.5,))], "few"))
    assert (few.expected, HISTORY.notes(few)) == (None, ())
