"""What is computed of masks: metrics, losses, predictions, answers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masked import squares
from PIL import Image
from sklearn import metrics as sklearn_metrics

from cnnsearch.data.sources.digit_scenes import NAMES, digit_scenes
from cnnsearch.report.statistics.intervals import metric_intervals
from cnnsearch.serving import prediction
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import UndefinedError
from cnnsearch.tasks.jackknife import pseudo_values_of
from cnnsearch.tasks.segmentation.answers import MaskAnswer
from cnnsearch.tasks.segmentation.masks import VOID, Mask, nearest
from cnnsearch.tasks.segmentation.predictions import MaskPredictions, of_masks

TASK = TASKS["segmentation"]
METRICS = ("mean_iou", "mean_dice", "pixel_accuracy")
OF_CONTOURS = ("mean_boundary_f1", "mean_hausdorff_95", "boundary_f1[b]", "hausdorff_95[b]")


def drawn(seed: int, classes: int = 3, count: int = 6) -> MaskPredictions:
    """Random masks, of which some pixels are void."""
    rng = np.random.default_rng(seed)
    true, told = rng.integers(0, classes, (2, count, 5, 4), np.uint8)
    true[rng.random(true.shape) < 0.2] = VOID
    told = np.where(rng.random(told.shape) < 0.6, np.where(true == VOID, 0, true), told)
    return of_masks(true, told, tuple("abcdefg"[:classes]), classes, rng.random(count))


@given(seed=st.integers(0, 1000), classes=st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_metrics_are_those_of_scikit_learn(seed: int, classes: int) -> None:
    made = drawn(seed, classes)
    known = made.true != VOID
    true, told = made.true[known], made.told[known]
    there = np.union1d(true, told)
    scores = made.scores(METRICS)
    iou = sklearn_metrics.jaccard_score(true, told, labels=there, average=None)
    assert scores["mean_iou"] == pytest.approx(iou.mean(), abs=1e-12)
    dice = sklearn_metrics.f1_score(true, told, labels=there, average=None)
    assert scores["mean_dice"] == pytest.approx(dice.mean(), abs=1e-12)
    assert scores["pixel_accuracy"] == pytest.approx((true == told).mean(), abs=1e-12)
    for place, index in enumerate(there.tolist()):
        name = made.names[index]
        found = made.scores([f"iou[{name}]", f"dice[{name}]"])
        assert [*found.values()] == pytest.approx([iou[place], dice[place]], abs=1e-12)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_what_each_picture_contributes_is_the_jackknife(seed: int) -> None:
    made = drawn(seed)
    for name in (*METRICS, *OF_CONTOURS, "iou[b]"):
        np.testing.assert_allclose(made.per_item(name), pseudo_values_of(made, name), atol=1e-9)


def edge(mask: np.ndarray, index: int) -> np.ndarray:
    """Pixels of a class with a known pixel of another class beside them, one after the other."""
    rows, columns = mask.shape
    found = []
    for row, column in np.argwhere(mask == index).tolist():
        beside = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        values = [mask[at] for at in beside if 0 <= at[0] < rows and 0 <= at[1] < columns]
        if any(value not in (index, VOID) for value in values):
            found.append((row, column))
    return np.array(found, float).reshape(-1, 2)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_boundaries_are_compared_as_their_definitions_say(seed: int) -> None:
    made = drawn(seed)
    values: dict[str, list[list[float]]] = {"boundary_f1": [[], [], []], "hausdorff_95": [[], [], []]}
    for true, told in zip(made.true, made.told, strict=True):
        for index in range(3):
            here, there = edge(true, index), edge(np.where(true == VOID, VOID, told), index)
            if not len(here) and not len(there):
                continue
            f1, distance = 0.0, float(np.hypot(5, 4))
            if len(here) and len(there):
                apart = np.linalg.norm(here[:, None] - there[None], axis=-1)
                missed, beyond = apart.min(axis=1), apart.min(axis=0)
                right = ((missed <= 1).mean(), (beyond <= 1).mean())
                f1 = 2 * right[0] * right[1] / sum(right) if sum(right) else 0.0
                distance = max(np.percentile(missed, 95), np.percentile(beyond, 95))
            values["boundary_f1"][index].append(f1)
            values["hausdorff_95"][index].append(distance)
    for metric, of_classes in values.items():
        means = [np.mean(each) for each in of_classes if each]
        assert made.scores([f"mean_{metric}"])[f"mean_{metric}"] == pytest.approx(np.mean(means))
        assert made.scores([f"{metric}[b]"])[f"{metric}[b]"] == pytest.approx(np.mean(of_classes[1]))


def test_a_boundary_may_be_off_by_a_share_of_the_diagonal() -> None:
    """Of 400 pixels a side that is 4.2."""
    true = np.zeros((2, 400, 400), np.uint8)
    true[:, :, 200:] = 1
    told = np.stack([np.roll(true[0], 4, axis=1), np.roll(true[1], 5, axis=1)])
    told[:, :, :10] = 0
    made = of_masks(true, told, ("a", "b"), 2, None)
    f1, distance = made.contours.numbers[:, 1, :2].T.tolist()
    assert f1 == [1.0, 0.0]
    assert distance == [4.0, 5.0]


def test_what_has_no_boundary_is_left_out_or_misses_all() -> None:
    """The edge of a picture is none; of a class that is missed the distance is the diagonal."""
    whole, half = np.zeros((1, 6, 8), np.uint8), np.zeros((1, 6, 8), np.uint8)
    half[:, :3] = 1
    with pytest.raises(UndefinedError, match="show no boundary of any class"):
        of_masks(whole, whole, ("a", "b"), 2, None).scores(["mean_boundary_f1"])
    missed = of_masks(half, whole, ("a", "b"), 2, None)
    assert missed.scores(OF_CONTOURS) == dict(zip(OF_CONTOURS, (0.0, 10.0, 0.0, 10.0), strict=True))


def test_intervals_resample_pictures_however_many_pixels_they_have() -> None:
    _, masks = squares(60, size=(160, 160))
    told = np.where(np.arange(60)[:, None, None] % 3, masks, np.roll(masks, 1, axis=2))
    made = of_masks(masks, told.astype(np.uint8), ("a", "b", "c"), 3, None)
    (found,) = metric_intervals(made, [TASK.metrics[0]])
    assert found.method == "bootstrap"
    assert found.low is not None
    assert found.low <= found.value <= found.high


def test_a_class_that_is_nowhere_is_left_out_and_undefined_by_itself() -> None:
    true = np.zeros((2, 3, 3), np.uint8)
    made = of_masks(true, true, ("a", "b"), 2, None)
    assert made.scores(["mean_iou"]) == {"mean_iou": 1.0}
    with pytest.raises(UndefinedError, match="no pixel of these pictures is of class 'b'"):
        made.scores(["iou[b]"])
    void = of_masks(true + VOID, true, ("a", "b"), 2, None)
    with pytest.raises(UndefinedError, match="all pixels of these pictures are void"):
        void.scores(["pixel_accuracy"])


def test_a_resample_counts_pictures_as_often_as_it_has_them() -> None:
    made = drawn(0)
    some = made.take(np.array([0, 0, 3]))
    whole = of_masks(made.true[[0, 0, 3]], made.told[[0, 0, 3]], made.names, 3, made.losses[[0, 0, 3]])
    assert some.scores((*METRICS, *OF_CONTOURS)) == whole.scores((*METRICS, *OF_CONTOURS))
    np.testing.assert_array_equal(some.pair[0], whole.true)


@pytest.mark.parametrize("loss", ["cross_entropy", "dice", "focal", "tversky", "cross_entropy_dice", "focal_tversky"])
def test_losses(loss: str) -> None:
    """By their formulas, in NumPy; void pixels count for nothing."""
    import tensorflow as tf

    made, rng = drawn(3), np.random.default_rng(0)
    outputs = rng.normal(size=(*made.true.shape, 3)).astype(np.float32)
    config = {"mask_loss": loss, "mask_focal_gamma": 1.5, "tversky_misses": 0.8}
    head = TASK.head(TASK.targets(made.true, made.names).outputs, config)
    found = head.losses(tf.constant(outputs), tf.constant(made.true), {}).numpy()
    shown = np.exp(outputs - outputs.max(-1, keepdims=True))
    probabilities = shown / shown.sum(-1, keepdims=True)
    known = made.true != VOID
    one_hot = np.eye(3)[np.where(known, made.true, 0)] * known[..., None]
    of_true = np.where(known, (probabilities * one_hot).sum(-1), 1.0)
    pixels = known.sum((1, 2))
    both = (probabilities * one_hot).sum((1, 2))
    missed = one_hot.sum((1, 2)) - both
    beyond = (probabilities * known[..., None]).sum((1, 2)) - both

    def overlap(misses: float) -> np.ndarray:
        return 1 - ((both + 1) / (both + misses * missed + (1 - misses) * beyond + 1)).mean(-1)

    parts = {
        "cross_entropy": -np.log(of_true).sum((1, 2)) / pixels,
        "focal": -((1 - of_true) ** 1.5 * np.log(of_true)).sum((1, 2)) / pixels,
        "dice": overlap(0.5),
        "tversky": overlap(0.8),
    }
    names = [loss] if loss in parts else [loss.rpartition("_")[0], loss.rpartition("_")[2]]
    np.testing.assert_allclose(found, sum(parts[name] for name in names), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(head.judged(outputs, made.true).losses, parts["cross_entropy"], rtol=1e-4)


def test_the_worst_pictures_come_first_with_layers_to_see_them() -> None:
    made = drawn(1)
    found = made.mistakes(4, made.names)
    assert [worst.told["mean_iou"] for worst in found.worst] == sorted(worst.told["mean_iou"] for worst in found.worst)
    assert {"true_layer", "told_layer", "wrong_layer", "classes", "mean_iou"} == {*found.worst[0].told}


def test_a_mask_keeps_what_it_was_made_of() -> None:
    array = np.random.default_rng(0).integers(0, 256, (7, 5), np.uint8)
    mask = Mask.of(array)
    np.testing.assert_array_equal(mask.array, array)
    assert mask.digest != Mask.of(array.reshape(5, 7)).digest
    assert mask.digest == Mask.of(array.copy()).digest


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_stretching_takes_the_pixel_at_the_centre(height: int, width: int, tall: int, wide: int) -> None:
    mask = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    found = nearest(mask, (tall, wide))
    assert found.shape == (tall, wide)
    np.testing.assert_array_equal(nearest(mask, (height, width)), mask)
    np.testing.assert_array_equal(nearest(np.repeat(mask, 3, axis=0), (height, width)), mask)
    assert (np.diff(found.astype(int), axis=0) >= 0).all(), "in order"


def test_an_answer_tells_shares_and_is_a_picture_of_its_size() -> None:
    answer = MaskAnswer(np.array([[0, 0], [2, 0]], np.uint8), ("a", "b", "c"))
    assert answer.to_dict() == {"shares": {"a": 0.75, "c": 0.25}}
    assert answer.cells(1) == ("a 75.0%",)
    with Image.open(io.BytesIO(answer.picture((4, 6)))) as image:
        np.testing.assert_array_equal(np.asarray(image), np.kron([[0, 0], [2, 0]], np.ones((2, 3))))


class Guessing:
    """In the place of an exported model; ``given`` are the pictures that it got at once."""

    output_shape = (None, 6, 4, 3)

    def __init__(self) -> None:
        self.given: list[int] = []

    def predict(self, x: np.ndarray, verbose: int) -> np.ndarray:  # noqa: ARG002 - as Keras has it
        self.given.append(len(x))
        return np.float32(np.eye(3)[x // 100] * 0.7 + 0.1)


@pytest.mark.parametrize(("room", "parts"), [(2**28, [70]), (1, [32, 32, 6])])
def test_outputs_of_all_pictures_are_never_there_at_once(
    room: int, parts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction, "_ROOM", room)
    x = np.random.default_rng(0).integers(0, 255, (70, 6, 4))
    true = np.random.default_rng(1).choice(np.uint8([0, 1, 2, VOID]), x.shape)
    model, answers = Guessing(), TASK.answers(("a", "b", "c"))
    found = prediction.evaluation(TASK, answers, true, prediction._told(model, x)).predictions  # type: ignore[arg-type]
    assert model.given == parts
    expected = answers.predictions(true, model.predict(x, 0))
    for name, array in expected.to_arrays().items():
        np.testing.assert_array_equal(found.to_arrays()[name], array)


def test_no_digit_is_on_two_scenes() -> None:
    x, masks = digit_scenes()
    assert (x.shape, masks.shape) == ((449, 24, 24, 1), (449, 24, 24))
    assert set(np.unique(masks)) == set(range(len(NAMES)))
    np.testing.assert_array_equal(x, digit_scenes()[0])
    quarters = {mask[rows, columns].tobytes() for mask in masks for rows in _HALVES for columns in _HALVES}
    assert len(quarters) > 1700
    assert (x[masks > 0] > x[masks == 0].mean()).mean() > 0.99


_HALVES = (slice(0, 12), slice(12, 24))
