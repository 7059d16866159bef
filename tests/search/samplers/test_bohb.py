"""The parts of bohb: which trials it compares, how configs are rows, and the density over them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cnnsearch.search.samplers import Outcome
from cnnsearch.search.samplers.densities import bohb_sampler
from cnnsearch.search.samplers.densities.bohb_sampler import BohbSampler
from cnnsearch.search.samplers.densities.columns import Columns
from cnnsearch.search.samplers.densities.compared import Compared
from cnnsearch.search.samplers.densities.mixture import Mixture
from cnnsearch.search.samplers.densities.neighbours import neighbours
from cnnsearch.space import Choice, Float, Int, Space

SPACE = Space(
    rate=Float(1e-4, 1e-2, log=True),
    layers=Int(1, 4),
    kind=Choice(["a", "b", "c"]),
    drop=Float(0.0, 0.4, step=0.2, when={"kind": "a"}),
    batch_size=32,
)


class TestColumns:
    def test_a_range_goes_from_0_to_1_and_what_is_inactive_has_no_value(self) -> None:
        columns = Columns(SPACE)
        assert columns.options == (0, 0, 3, 0)
        row = columns.row({"rate": 1e-3, "layers": 4, "kind": "c", "batch_size": 32})
        assert row[:3] == pytest.approx([0.5, 0.875, 2.0])
        assert math.isnan(row[3])

    @pytest.mark.parametrize("place", [0.0, 0.3, 0.999, 1.0])
    def test_rows_are_configs_of_the_space(self, place: float) -> None:
        columns = Columns(SPACE)
        for option in range(3):
            config = columns.config(np.array([place, place, option, place]))
            SPACE.validate(config)
            assert list(config) == [name for name in SPACE if name in config]
            assert columns.config(columns.row(config)) == config

    def test_every_value_of_a_stepped_range_has_the_same_share(self) -> None:
        columns = Columns(Space(layers=Int(1, 4), wide=Int(10, 30, step=10)))
        configs = [columns.config(np.array([place, place])) for place in (np.arange(120) + 0.5) / 120]
        assert [sum(config["layers"] == value for config in configs) for value in (1, 2, 3, 4)] == [30] * 4
        assert [sum(config["wide"] == value for config in configs) for value in (10, 20, 30)] == [40] * 3

    def test_what_another_space_had_counts_as_inactive_or_as_its_nearest_end(self) -> None:
        row = Columns(SPACE).row({"rate": 1.0, "layers": "many", "kind": "z"})
        assert row[0] == 1.0
        assert np.isnan(row[1:]).all()


class TestCompared:
    def test_trials_are_compared_after_the_epochs_that_twelve_have_run(self) -> None:
        compared = Compared()
        for trial in range(12):
            compared.add([(2, trial / 100)], ran_out=False)
        assert list(compared.best_first()) == list(range(11, -1, -1))
        for trial in range(12):
            compared.add([(2, 0.9), (6, 0.5 + trial / 100)], ran_out=False)
        # All have run two epochs, but only the later ones six; the best so far counts, and of equal ones the first.
        assert list(compared.best_first()) == list(range(12, 24))

    def test_one_that_ran_out_counts_with_its_best_at_any_epoch(self) -> None:
        compared = Compared()
        for _ in range(12):
            compared.add([(6, 0.5)], ran_out=False)
        compared.add([(1, 0.4), (2, 0.6)], ran_out=True)
        compared.add([(4, 0.9)], ran_out=False)
        compared.add([(6, 0.1), (18, 0.8)], ran_out=False)
        ranked = list(compared.best_first())
        assert (ranked[0], ranked[-1]) == (12, 14)  # the last one with what it had after six epochs
        assert 13 not in ranked

    def test_few_are_compared_after_the_least_that_any_has_run(self) -> None:
        compared = Compared()
        compared.add([(3, 0.2), (9, 0.9)], ran_out=True)
        compared.add([(3, 0.3)], ran_out=False)
        assert list(compared.best_first()) == [1, 0]


class TestMixture:
    OPTIONS = (0, 3)
    ROWS = np.array([[0.0, 1.0], [0.9, 2.0], [0.4, math.nan]])

    def test_it_is_a_density(self) -> None:
        mixture = Mixture(self.ROWS, self.OPTIONS, 0.3)
        places = (np.arange(2000) + 0.5) / 2000
        total = sum(
            np.exp(mixture.log_density(np.column_stack([places, np.full(2000, option)]))).mean() for option in range(3)
        )
        assert total == pytest.approx(1.0, abs=1e-4)
        # Of a column that is inactive nothing is said.
        assert np.exp(mixture.log_density(np.full((1, 2), math.nan))) == pytest.approx([1.0])

    def test_its_draws_are_distributed_by_it(self) -> None:
        mixture = Mixture(self.ROWS, self.OPTIONS, 0.3)
        drawn = mixture.draw(np.random.default_rng(0), 20_000)
        assert drawn[:, 0].min() >= 0
        assert drawn[:, 0].max() <= 1
        for option in range(3):
            density = np.exp(mixture.log_density(np.array([[math.nan, option]])))[0]
            assert (drawn[:, 1] == option).mean() == pytest.approx(density, abs=0.015)
        halves = (np.arange(1000) + 0.5) / 2000
        below = np.exp(mixture.log_density(np.column_stack([halves, np.full(1000, math.nan)]))).mean() / 2
        assert (drawn[:, 0] < 0.5).mean() == pytest.approx(below, abs=0.015)

    def test_more_kernels_are_narrower(self) -> None:
        peaks = [
            Mixture(np.full((count, 1), 0.5), (0,), 0.3).log_density(np.array([[0.5]]))[0] for count in (1, 10, 100)
        ]
        assert peaks == sorted(peaks)


class TestNeighbours:
    OPTIONS = (0, 0, 3, 0)
    ROW = np.array([0.5, 1.0, 2.0, math.nan])

    def test_they_differ_by_a_step_in_about_half_of_the_columns(self) -> None:
        near = neighbours(self.ROW, self.OPTIONS, np.random.default_rng(0), 20_000)
        changed = near[:, 0][near[:, 0] != 0.5]
        # Half, and a third of the eighth that would change in none of the three columns; the fourth has no value.
        assert len(changed) / 20_000 == pytest.approx(0.5 + 1 / 16 / 4, abs=0.015)
        assert changed.std() == pytest.approx(0.1, abs=0.005)
        assert changed.mean() == pytest.approx(0.5, abs=0.005)
        assert near[:, 1].max() == 1.0  # a step beyond the end stays there
        assert near[:, 1].min() > 0.4
        assert [float((near[:, 2] == option).mean()) for option in (0, 1)] == pytest.approx([0.172] * 2, abs=0.015)
        assert (near[:, 3].min(), near[:, 3].mean(), near[:, 3].max()) == pytest.approx((0, 0.5, 1), abs=0.02)

    def test_none_is_the_row_itself(self) -> None:
        assert (neighbours(np.array([0.5]), (0,), np.random.default_rng(0), 100) != 0.5).all()


class TestLocal:
    def told(self, local: float, space: Space = SPACE, startup: int = 20) -> BohbSampler:
        sampler = BohbSampler(space, 3, [1], startup=startup, local=local, equals="shared")
        for trial in range(20):
            sampler.recall(trial, SPACE.sample(np.random.default_rng(trial)))
            sampler.tell(trial, Outcome("COMPLETED", float(trial), ((1, float(trial)),)))
        return sampler

    def test_its_share_of_the_proposals_are_steps_from_the_best_three(self) -> None:
        columns = Columns(SPACE)
        best = np.array([columns.row(SPACE.sample(np.random.default_rng(number)))[0] for number in (17, 18, 19)])

        def stayed(local: float) -> list[int]:
            """Which of the best has the same rate; -1: none."""
            sampler = self.told(local)
            rates = [columns.row(sampler.propose(trial))[0] for trial in range(20, 120)]
            return [int(np.argmin(near)) if (near := abs(best - rate)).min() < 1e-9 else -1 for rate in rates]

        # A rate stays in three of ten steps: what then changes in no other column either is no step.
        assert [stayed(1.0).count(place) for place in (-1, 0, 1, 2)] == pytest.approx([70, 10, 10, 10], abs=9)
        assert 4 < 100 - stayed(0.4).count(-1) < 20
        assert set(stayed(0.0)) == {-1}

    def test_where_none_is_left_the_density_proposes(self) -> None:
        space = Space(kind=Choice(["a"]), batch_size=32)
        assert self.told(1.0, space).propose(20) == {"kind": "a", "batch_size": 32}


def test_however_many_trials_there_are_a_proposal_looks_at_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def mixture(rows: np.ndarray, *options: Any) -> Mixture:
        looked_at.append(len(rows))
        return Mixture(rows, *options)

    monkeypatch.setattr(bohb_sampler, "Mixture", mixture)
    sampler = BohbSampler(SPACE, 0, [1], startup=1, local=0.0, equals="shared")
    configs = [SPACE.sample(np.random.default_rng(number)) for number in range(100)]
    for trial in range(2_000):
        sampler.recall(trial, configs[trial % 100])
        sampler.tell(trial, Outcome("COMPLETED", float(trial % 100), ((1, float(trial % 100)),)))
    sampler.recall(2_000, configs[0])  # it runs
    sampler.propose(2_001)
    assert looked_at == [25, 400 + 1]


@pytest.mark.parametrize(("equals", "front"), [("shared", {0, 2}), ("apart", {0, 1, 2})])
def test_of_equal_metrics_only_the_cheapest_is_on_the_front(equals: str, front: set[int]) -> None:
    """Apart, the first to end was the better, so that a model as good and twice as large was on the front too."""
    space = Space(x=Float(0.0, 1.0))
    sampler = BohbSampler(space, 0, [1, -1], startup=1, local=0.0, equals=equals)
    for trial, (value, cost) in enumerate([(0.9, 40.0), (0.5, 10.0), (0.5, 5.0), (0.4, 20.0)]):
        sampler.recall(trial, {"x": trial / 10})
        sampler.tell(trial, Outcome("COMPLETED", value, ((1, value),), beside=(cost,)))
    ranked = [round(float(row[0]) * 10) for row in sampler._ranked()]
    assert set(ranked[: len(front)]) == front
    assert sampler._best == len(front), "steps are taken from all of the front"


def test_it_learns_from_stopped_trials() -> None:
    """Whose values after as many epochs tell what is good, where none has run to its end."""
    space = Space(x=Float(0.0, 1.0))
    sampler = BohbSampler(space, 0, [-1], startup=20, local=0.4, equals="shared")  # smaller is better
    late = []
    for trial in range(80):
        x = sampler.propose(trial)["x"]
        late += [x] if trial >= 40 else []
        sampler.tell(trial, Outcome("STOPPED", abs(x - 0.8), ((2, abs(x - 0.8)),)))
    assert np.median(np.abs(np.array(late) - 0.8)) < 0.15
