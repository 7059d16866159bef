from __future__ import annotations

import math

import numpy as np
import pytest

from cnnsearch.report.statistics.crossed import CrossedMean, crossed_mean
from cnnsearch.report.statistics.items import moved_to
from cnnsearch.report.statistics.uncertainty import wilson


def test_the_example_that_was_worked_by_hand() -> None:
    # Mean squares: seeds 1.5, pictures 0.5, rest 1.5; so pictures add nothing beyond the rest.
    assert crossed_mean(np.array([[1.0, 0.0, 2.0], [3.0, 2.0, 1.0]])) == CrossedMean(1.5, 0.5, 1.0, 2, 3, 0.0)


def test_where_seeds_agree_the_pictures_alone_make_the_error() -> None:
    scores = np.array([1.0, 1.0, 0.0, 1.0])
    found = crossed_mean(np.array([scores, scores, scores]))
    assert found.error == pytest.approx(math.sqrt(scores.var(ddof=1) / 4))
    assert (found.mean, found.df, found.from_pictures) == (0.75, 3.0, 1.0)


def test_where_pictures_agree_the_seeds_alone_do() -> None:
    by_seed = np.array([0.2, 0.4, 0.9])
    found = crossed_mean(np.repeat(by_seed[:, None], 50, axis=1))
    assert found.error == pytest.approx(math.sqrt(by_seed.var(ddof=1) / 3))
    assert (found.df, found.from_pictures) == (2.0, 0.0)


def test_of_one_picture_it_is_the_t_test_over_seeds() -> None:
    found = crossed_mean(np.array([[0.02], [0.04], [0.06]]))
    t = 0.04 / (0.02 / math.sqrt(3))
    assert (found.mean, found.df) == (pytest.approx(0.04), 2.0)
    assert found.p_above == pytest.approx(0.5 * (1 - t / math.sqrt(t**2 + 2)))
    low, high = found.interval(0.95)
    assert (low, high) == (pytest.approx(0.04 - 4.30265 * 0.02 / math.sqrt(3), abs=1e-6), pytest.approx(0.08 - low))


def test_of_one_seed_it_is_the_t_test_over_pictures() -> None:
    scores = np.array([0.5, 0.0, 1.0, 0.25])
    found = crossed_mean(scores[None])
    assert found.error == pytest.approx(scores.std(ddof=1) / 2)
    assert found.df == 3.0


def test_no_difference_anywhere_is_no_evidence() -> None:
    assert crossed_mean(np.zeros((5, 20))).p_above == 1.0
    alike = crossed_mean(np.full((5, 1), 0.5))
    assert alike.p_above == 0.5, "seeds that change nothing are no independent draws"
    assert alike.interval() is None
    with pytest.raises(ValueError, match="no error"):
        crossed_mean(np.zeros((1, 1)))


def test_the_interval_of_a_share_is_wilsons_with_no_more_pictures_than_there_are() -> None:
    right = np.arange(200) < 180
    same = crossed_mean(np.array([right, right, right], float))
    interval = same.share_interval()
    assert interval.low == pytest.approx(wilson(0.9, 200).low, abs=0.001)
    assert interval.n <= 200
    shuffled = np.random.default_rng(0).permuted(np.array([right] * 3, float), axis=1)
    assert crossed_mean(shuffled).share_interval().n <= 200
    sure = crossed_mean(np.ones((4, 50))).share_interval()
    assert (sure.low, sure.high) == (wilson(1.0, 50).low, 1.0)


def test_the_level_is_kept_whatever_varies() -> None:
    """Of three configs that are equally good, one is found worse in at most 5% of the studies, within chance."""
    rng = np.random.default_rng(1)
    studies, rejected = 400, {"both": 0, "pictures": 0}
    for kind, seeds_vary in (("both", 0.6), ("pictures", 0.0)):
        for _ in range(studies):
            hard = rng.normal(0, 2, 150)
            noise = rng.normal(0, seeds_vary, (3, 5, 1)) + rng.normal(0, 1, (3, 5, 150)) + rng.normal(0, 1, (3, 1, 150))
            scores = (3 + hard + noise > 0).astype(float)
            winner = int(scores.mean(axis=(1, 2)).argmax())
            if winner:
                rejected[kind] += 2 * crossed_mean(scores[winner] - scores[0]).p_above < 0.05
    assert all(number / studies < 0.075 for number in rejected.values())


def test_scores_of_pictures_have_the_mean_that_was_recorded() -> None:
    scores = moved_to(0.6, np.array([0.2, 0.4, 0.9]))  # of which 0.1 is the regularisation
    assert scores == pytest.approx([0.3, 0.5, 1.0])
