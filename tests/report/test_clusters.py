"""Pictures that belong together are no independent ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from masked import squares

from cnnsearch.report.statistics.clusters import Clusters
from cnnsearch.report.statistics.crossed import crossed_mean
from cnnsearch.report.statistics.intervals import metric_intervals
from cnnsearch.report.statistics.uncertainty import one_sided_p_value, paired_interval, paired_p_value, wilson
from cnnsearch.report.views.compressed import loss
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.segmentation.masks import VOID
from cnnsearch.tasks.segmentation.predictions import MaskPredictions, of_masks

METRICS = [metric for metric in TASKS["segmentation"].metrics if metric.name != "mean_hausdorff_95"]
PARTS = 3


def predicted(count: int) -> MaskPredictions:
    _, true = squares(count)
    rng = np.random.default_rng(1)
    told = np.where(rng.random(true.shape) < 0.3, rng.integers(0, 3, true.shape), true).astype(np.uint8)
    return of_masks(true, told, ("a", "b", "c"), 3, rng.random(count))


def in_parts(whole: MaskPredictions) -> tuple[MaskPredictions, np.ndarray]:
    """Each mask as several, of which all but some rows are void, and of which mask each is one."""
    rows = np.arange(whole.true.shape[1]) % PARTS
    true = [np.where((rows == part)[:, None], mask, VOID) for mask in whole.true for part in range(PARTS)]
    of = np.repeat(np.arange(len(whole)), PARTS)
    assert whole.losses is not None
    return of_masks(np.stack(true).astype(np.uint8), whole.told[of], whole.names, 3, whole.losses[of]), of


def test_intervals_of_tiles_are_those_of_their_pictures() -> None:
    whole = predicted(30)
    parts, of = in_parts(whole)
    of_pixels = [metric for metric in METRICS if "boundary" not in metric.name]
    for one, other in zip(
        metric_intervals(parts, of_pixels, group_of=of), metric_intervals(whole, of_pixels), strict=True
    ):
        assert one.name == other.name
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_a_copy_of_each_picture_tells_nothing_more() -> None:
    whole = predicted(12)
    twice = whole.take(np.repeat(np.arange(12), 2))
    together, apart = (metric_intervals(twice, METRICS, group_of=of) for of in (np.repeat(np.arange(12), 2), None))
    for one, other, narrow in zip(metric_intervals(whole, METRICS), together, apart, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high))
        assert narrow.high - narrow.low < other.high - other.low  # type: ignore[operator]  # all have intervals


def test_students_are_compared_over_whole_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    taught, of = in_parts(predicted(12))
    alone = of_masks(taught.true, np.roll(taught.told, 1, axis=1), taught.names, 3, taught.losses)
    ways = [{"distill": "a", "weight": weight} for weight in (0.5, 0.0)]
    lines = [SimpleNamespace(line=SimpleNamespace(way=way, again=())) for way in ways]
    study: Any = SimpleNamespace(environment={"dataset": {"group_of": {"validation": of.tolist()}}})
    told = {id(lines[0].line): taught, id(lines[1].line): alone}
    monkeypatch.setattr(loss, "predictions_of", lambda _, line, __: told[id(line)])
    metric, known = METRICS[0], list[Any](lines)
    found = loss.loss_to_alone(study, metric, "max", known[0], known)
    whole, parts = (loss.loss_of(metric, "max", [(alone, taught)], each) for each in (of, None))
    assert found == whole != parts


@pytest.mark.parametrize("metric", ["mean_iou", "iou[b]", "pixel_accuracy", "loss"])
def test_what_pictures_contribute_is_what_their_tiles_do_together(metric: str) -> None:
    """To first order, as metrics of masks are no means."""
    whole = predicted(200)
    parts, of = in_parts(whole)
    expected = whole.per_item(metric)
    found = Clusters.of(of, len(parts)).items(parts.per_item(metric))
    assert np.corrcoef(expected, found)[0, 1] > 0.9999
    assert found.std() == pytest.approx(expected.std(), rel=0.02)


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1e3, 1e3)), min_size=1, max_size=20))
def test_the_mean_stays(pairs: list[tuple[int, float]]) -> None:
    numbers, values = np.array([number for number, _ in pairs]), np.array([value for _, value in pairs])
    clusters = Clusters.of(numbers, len(values))
    found = clusters.items(values)
    assert len(found) == len(clusters) == len(set(numbers.tolist()))
    assert found.mean() == pytest.approx(values.mean(), abs=1e-9)
    assert sorted(np.concatenate(clusters.members).tolist()) == list(range(len(values)))
    if clusters.are_single:
        return
    chosen = np.random.default_rng(0).integers(0, len(clusters), len(clusters)).tolist()
    drawn = clusters.drawn(np.random.default_rng(0)).tolist()
    assert drawn == [index for cluster in chosen for index in clusters.members[cluster].tolist()]


def test_chance_is_told_rightly_where_tiles_are_alike() -> None:
    """Two models that are as good as each other, on 20 pictures of 16 tiles: the test may err in 5 of 100 studies."""
    rng, of = np.random.default_rng(0), np.repeat(np.arange(20), 16)
    clusters, wrong = Clusters.of(of, len(of)), np.zeros(2)
    for _ in range(400):
        gaps = rng.normal(size=20)[of] + rng.normal(size=len(of))
        wrong += [crossed_mean(items[None]).p_above < 0.05 for items in (clusters.items(gaps), gaps)]
    assert wrong[0] / 400 == pytest.approx(0.05, abs=0.025)
    assert wrong[1] / 400 > 0.2


def test_chance_is_told_rightly_of_shares_of_pictures_in_groups() -> None:
    """Two models that are right for the same share, 20 groups of 1 to 17 pictures on which either does well or not."""
    rng, studies = np.random.default_rng(3), 600
    errors = dict.fromkeys(("by groups", "by pictures", "interval", "Wilson by groups", "Wilson by pictures"), 0)
    for _ in range(studies):
        of = np.repeat(np.arange(20), 1 + rng.poisson(8 * rng.gamma(2, 0.5, 20)).clip(max=16))
        clusters = Clusters.of(of, len(of))
        ours, theirs = (rng.random(len(of)) < rng.beta(2, 1, 20)[of] for _ in range(2))
        low, high = paired_interval(ours, theirs, clusters)[1:]
        share, counts = ours.mean(), (clusters.worth(ours), len(of))
        errors["by groups"] += one_sided_p_value(ours, theirs, clusters) < 0.05
        errors["by pictures"] += one_sided_p_value(ours, theirs) < 0.05
        errors["interval"] += not low <= 0 <= high
        for name, n in zip(("Wilson by groups", "Wilson by pictures"), counts, strict=True):
            interval = wilson(share, n)
            errors[name] += not interval.low <= 2 / 3 <= interval.high
    for name, wrong in errors.items():
        if name.endswith("by pictures"):
            assert wrong / studies > 0.15
        else:
            assert wrong / studies == pytest.approx(0.05, abs=0.03), name


@given(st.lists(st.sampled_from([(True, True), (True, False), (False, True)]), min_size=2, max_size=40))
def test_groups_that_differ_in_one_picture_are_compared_as_pictures_are(pairs: list[tuple[bool, bool]]) -> None:
    """Of each group both models are right for a second picture, which decides nothing."""
    ours, theirs = np.array(pairs).T
    both = [np.concatenate([each, np.ones(len(each), bool)]) for each in (ours, theirs)]
    clusters = Clusters.of(np.tile(np.arange(len(pairs)), 2), 2 * len(pairs))
    for test in (one_sided_p_value, paired_p_value):
        assert test(*both, clusters) == pytest.approx(test(ours, theirs))


def test_very_many_groups_are_compared_by_the_normal_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, clusters = np.random.default_rng(0), Clusters.of(np.repeat(np.arange(500), 4), 2000)
    ours, theirs = rng.random(2000) < 0.83, rng.random(2000) < 0.8
    exact = paired_p_value(ours, theirs, clusters)
    monkeypatch.setattr("cnnsearch.report.statistics.uncertainty._MOST_STEPS", 0)
    assert paired_p_value(ours, theirs, clusters) == pytest.approx(exact, rel=0.1)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_pictures_are_worth_no_more_than_there_are(rows: list[tuple[int, bool, bool]]) -> None:
    numbers, right, among = (np.array(column) for column in zip(*rows, strict=True))
    clusters, count = Clusters.of(numbers, len(rows)), int(among.sum())
    assert Clusters.of(None, len(rows)).worth(right, among) == count
    assert min(1, count) <= clusters.worth(right, among) <= count
    assert 1 <= clusters.fewest <= len(clusters)


def test_copies_are_worth_one_picture_each() -> None:
    right = np.random.default_rng(0).random(400) < 0.8
    clusters = Clusters.of(np.tile(np.arange(400), 3), 1200)
    assert clusters.fewest == pytest.approx(400)
    assert clusters.worth(np.tile(right, 3)) == pytest.approx(400, rel=0.01)
    assert clusters.worth(np.ones(1200, bool)) == pytest.approx(400), "where all is right too"


def test_of_one_picture_nothing_is_told_of_others() -> None:
    for one in metric_intervals(predicted(4), METRICS, group_of=np.zeros(4, int)):
        assert (one.low, one.why) == (None, "all are of one group, and others may be different")


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ValueError, match="tells the groups of 3 pictures, and there are 4"):
        Clusters.of(np.zeros(3, int), 4)
