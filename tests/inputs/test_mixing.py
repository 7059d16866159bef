"""MixUp and CutMix: shares, boxes, and that labels follow the pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augmented import pictures

from cnnsearch.inputs.pictures.augmentation import Mixing
from cnnsearch.inputs.pictures.augmentation.mixing import symmetric_beta
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.targets import Outputs

SEED = (3, 4)
COUNT = 3000


def mixed(x: np.ndarray, seed: tuple[int, int] = SEED, **alphas: Any) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow as tf

    found, shares = Mixing(frozenset(alphas), alphas)(tf.constant(x), tf.constant(seed))
    return found.numpy(), shares.numpy()


def levels(height: int, width: int) -> np.ndarray:
    """Pictures each of one number, its own place."""
    return np.tile(np.arange(COUNT, dtype=np.float32)[:, None, None, None], (1, height, width, 1))


@pytest.mark.parametrize("alpha", [0.1, 0.2, 0.5, 1.0, 4.0, 30.0])
def test_shares_are_of_a_symmetric_beta(alpha: float) -> None:
    import tensorflow as tf
    from scipy.stats import beta

    u, v = np.random.default_rng(0).uniform(size=(2, 20000)).astype(np.float32)
    found = symmetric_beta(tf.constant(alpha), tf.constant(u), tf.constant(v)).numpy()
    assert ((found >= 0) & (found <= 1)).all()
    # Not to the ends, where float32 has no numbers any more. The distance is passed once in a thousand times.
    places = np.linspace(1e-4, 1 - 1e-4, 200)
    below = np.searchsorted(np.sort(found), places) / len(found)
    assert np.abs(below - beta(alpha, alpha).cdf(places)).max() < 1.95 / np.sqrt(len(found))


@pytest.mark.parametrize(("u", "v"), [(0.0, 0.0), (0.0, 0.25), (1 - 2**-24, 0.5), (0.5, 0.75)])
@pytest.mark.parametrize("alpha", [1e-8, 1e-3, 32.0])
def test_shares_are_numbers_at_all_ends(alpha: float, u: float, v: float) -> None:
    import tensorflow as tf

    found = float(symmetric_beta(tf.constant(alpha), tf.constant(u), tf.constant(v)))
    assert 0 <= found <= 1


def test_mixup_lays_the_picture_before_it_over_each() -> None:
    x = pictures(50, 4, 6, 3)
    found, shares = mixed(x, mixup=1.0)
    weight = shares[:, None, None, None]
    np.testing.assert_allclose(found, weight * x + (1 - weight) * np.roll(x, 1, axis=0), rtol=1e-5)
    assert ((shares >= 0.5) & (shares <= 1)).all()
    assert len(np.unique(shares)) > 45


def test_cutmix_puts_a_rectangle_in_whose_area_is_what_the_other_label_gets() -> None:
    height, width = 17, 12
    x = levels(height, width)
    found, shares = mixed(x, cutmix=1.0)
    others = np.roll(x, 1, axis=0)
    inside = found == others
    assert (inside ^ (found == x)).all()
    np.testing.assert_allclose(inside.mean(axis=(1, 2, 3)), 1 - shares, atol=1e-6)
    rows, columns = inside.any(axis=(2, 3)).sum(axis=1), inside.any(axis=(1, 3)).sum(axis=1)
    np.testing.assert_array_equal(inside.sum(axis=(1, 2, 3)), rows * columns)
    # Of Beta(1, 1) the smaller part is uniform up to a half; what whole pixels take away is less than a row of each.
    np.testing.assert_allclose(np.quantile(1 - shares, [0.25, 0.5, 0.75]), [0.125, 0.25, 0.375], atol=0.06)
    assert (inside.mean(axis=0) > 0.01).all()
    assert shares.min() >= 0.5


def test_with_both_each_picture_gets_one_of_the_two() -> None:
    x = levels(8, 8)
    found, shares = mixed(x, mixup=0.5, cutmix=1.0)
    is_laid = (found[:, :1, :1] == found).all(axis=(1, 2, 3)) & (shares < 1)
    assert abs(is_laid.mean() - 0.5) < 0.06
    alone, alone_shares = mixed(x, mixup=0.5)
    np.testing.assert_allclose(found[is_laid], alone[is_laid], rtol=1e-5)
    np.testing.assert_allclose(shares[is_laid], alone_shares[is_laid], rtol=1e-5)


def test_an_alpha_of_zero_is_the_identity_and_leaves_the_other_as_it_is_alone() -> None:
    import tensorflow as tf

    x = pictures(30, 5, 6, 3)
    alphas = {"mixup": tf.Variable(0.0), "cutmix": tf.Variable(0.0)}
    mixing = Mixing(frozenset(alphas), alphas)
    found, shares = mixing(tf.constant(x), tf.constant(SEED))
    np.testing.assert_array_equal(found, x)
    np.testing.assert_array_equal(shares, 1)
    for name in alphas:
        alphas[name].assign(0.7)
        found, shares = mixing(tf.constant(x), tf.constant(SEED))
        alone, alone_shares = mixed(x, **{name: 0.7})
        np.testing.assert_allclose(found, alone, rtol=1e-5)
        np.testing.assert_allclose(shares, alone_shares, rtol=1e-5)
        alphas[name].assign(0.0)


def test_is_repeatable_by_its_seed_and_leaves_a_lonely_picture_alone() -> None:
    x = pictures(9, 5, 6, 3)
    first, again, other = (mixed(x, seed, mixup=0.5)[0] for seed in (SEED, SEED, (3, 5)))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    for name in ("mixup", "cutmix"):
        np.testing.assert_allclose(mixed(x[:1], **{name: 1.0})[0], x[:1], rtol=1e-6)


@pytest.mark.parametrize("task", [name for name, task in TASKS.items() if not task.follows])
def test_losses_of_mixed_pictures_are_those_of_shared_targets(task: str) -> None:
    """Of labels: by a row of shares for each picture; of numbers: by the number between."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    shares = rng.uniform(0.5, 1, 8).astype(np.float32)
    width = 1 if task == "binary" else 3
    outputs = rng.normal(size=(8, width)).astype(np.float32)
    targets, shape, dtype = {
        "classification": (rng.integers(0, 3, 8).astype(np.int32), (), "int32"),
        "binary": (rng.integers(0, 2, 8).astype(np.int32), (), "int32"),
        "multilabel": (rng.integers(0, 2, (8, 3)).astype(np.uint8), (3,), "uint8"),
        "regression": (rng.normal(size=(8, 3)), (3,), "float64"),
    }[task]
    constants = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0) if task == "regression" else ()
    settings = {name: spec.default for name, spec in TASKS[task].parameters.items()}
    head = TASKS[task].head(Outputs(width, shape, dtype, constants), settings)
    others = Mixing.others(tf.constant(targets))
    compared = head.mixed(tf.constant(targets), others, tf.constant(shares))
    found = sum(share * head.losses(tf.constant(outputs), each, {}) for each, share in compared)
    np.testing.assert_allclose(sum(share for _, share in compared), 1, rtol=1e-6)

    rows = np.eye(3)[targets] if task == "classification" else targets.reshape(8, -1)
    rows = shares[:, None] * rows + (1 - shares[:, None]) * np.roll(rows, 1, axis=0)
    if task == "classification":
        logits = outputs - outputs.max(axis=1, keepdims=True)
        expected = -(rows * (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))).sum(axis=1)
    elif task == "regression":
        expected = np.square(outputs - rows).mean(axis=1)
    else:
        softplus = np.log1p(np.exp(outputs))
        expected = (softplus - rows * outputs).mean(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
