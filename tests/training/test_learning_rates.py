from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnsearch.families.spec import TRAINING
from cnnsearch.scripts.schedule import schedule, schedule_classes
from cnnsearch.scripts.writing import code, literal
from cnnsearch.training.programs.learning_rates import learning_rates


def all_of(steps: int, epochs: int, **given: Any) -> np.ndarray:
    """The rates of a whole trial."""
    config = TRAINING.filled(given)
    return np.concatenate([learning_rates(config, epoch, steps, epochs) for epoch in range(epochs)])


def of_keras(schedule: Any, steps: range) -> list[float]:
    return [float(schedule(step)) for step in steps]


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (3, 4), (7, 20)])
def test_cosine_is_keras_cosine_decay(steps: int, epochs: int) -> None:
    from keras.optimizers.schedules import CosineDecay

    ours = all_of(steps, epochs, learning_rate=0.02, learning_rate_schedule="cosine")
    assert ours.dtype == np.float32
    theirs = of_keras(CosineDecay(0.02, decay_steps=steps * epochs), range(steps * epochs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-8)


def test_cosine_after_a_warm_up_is_that_of_keras_from_its_second_step_on() -> None:
    """Keras's first step has a rate of 0, and trains nothing."""
    from keras.optimizers.schedules import CosineDecay

    ours = all_of(4, 6, learning_rate=0.02, learning_rate_schedule="cosine", warmup_epochs=1.5)
    decay = CosineDecay(0.0, decay_steps=18, warmup_target=0.02, warmup_steps=6)
    np.testing.assert_allclose(ours[:6], of_keras(decay, range(1, 7)), rtol=1e-5)
    np.testing.assert_allclose(ours[6:], of_keras(decay, range(6, 24)), rtol=1e-5, atol=1e-8)


def test_constant() -> None:
    np.testing.assert_array_equal(all_of(3, 4, learning_rate=0.25), np.float32([0.25] * 12))


def test_step_is_keras_piecewise_constant_decay() -> None:
    from keras.optimizers.schedules import PiecewiseConstantDecay

    given = {"learning_rate": 0.5, "learning_rate_schedule": "step", "decay_epochs": 2, "decay_factor": 0.1}
    theirs = of_keras(PiecewiseConstantDecay([5, 11], [0.5, 0.05, 0.005]), range(18))
    np.testing.assert_allclose(all_of(3, 6, **given), theirs, rtol=1e-6)
    # It counts from the end of the warm-up.
    warmed = all_of(3, 7, **given, warmup_epochs=1)
    np.testing.assert_allclose(warmed, [*np.array([0.5, 1.0, 1.5]) / 3, *theirs], rtol=1e-6)


def cooled(end: int, epochs: int, **given: Any) -> np.ndarray:
    """The rates of a training of four steps an epoch that ends after ``end`` of so many epochs."""
    config = TRAINING.filled({"learning_rate": 1.0, **given})
    return np.concatenate([learning_rates(config, epoch, 4, epochs, end) for epoch in range(end)])


def test_what_ends_with_its_last_weights_cools_down() -> None:
    np.testing.assert_allclose(cooled(4, 9), [*[1.0] * 12, 1.0, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(cooled(1, 1), [1.0] * 4)  # its last quarter is one step
    np.testing.assert_allclose(cooled(2, 2, warmup_epochs=2), np.arange(1, 9) / [8] * [*[1] * 7, 7 / 16], rtol=1e-6)


@pytest.mark.parametrize("schedule", ["cosine", "polynomial", "one_cycle"])
def test_a_schedule_that_reaches_0_by_itself_stays_as_it_is(schedule: str) -> None:
    given = {"learning_rate": 1.0, "learning_rate_schedule": schedule}
    np.testing.assert_array_equal(cooled(8, 8, **given), all_of(4, 8, **given))


def test_one_that_ends_before_its_schedule_goes_on_from_where_that_is() -> None:
    whole = all_of(4, 16, learning_rate=1.0, learning_rate_schedule="cosine")[:32]
    found = cooled(8, 16, learning_rate_schedule="cosine")
    np.testing.assert_array_equal(found[:25], whole[:25])
    np.testing.assert_allclose(found[24:], np.minimum(whole[24:], whole[24] * np.arange(8, 0, -1) / 8), rtol=1e-6)
    assert found[-1] < whole[-1] / 4


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_polynomial_is_keras_polynomial_decay(power: float) -> None:
    from keras.optimizers.schedules import PolynomialDecay

    ours = all_of(3, 5, learning_rate=0.5, learning_rate_schedule="polynomial", decay_power=power)
    theirs = of_keras(PolynomialDecay(0.5, 15, end_learning_rate=0.0, power=power), range(15))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize(("warmup", "rise"), [(0.0, 12), (2.0, 8)])
def test_one_cycle_rises_once_to_its_rate_and_falls_to_nearly_nothing(warmup: float, rise: int) -> None:
    found = all_of(4, 10, learning_rate=0.5, learning_rate_schedule="one_cycle", warmup_epochs=warmup)
    assert found[0] == pytest.approx(0.5 / 25)
    assert found.argmax() == rise
    assert found.max() == np.float32(0.5)
    assert (np.diff(found[: rise + 1]) > 0).all()
    assert (np.diff(found[rise:]) < 0).all()
    assert 0 < found[-1] < 0.005
    # Half of the way down at half of the steps that are left.
    assert found[rise + (40 - rise) // 2] == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize("schedule", TRAINING["learning_rate_schedule"].options)
@pytest.mark.parametrize("warmup", [0.0, 0.1, 1.0, 50.0])
@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (3, 2)])
def test_every_rate_is_a_number_up_to_that_of_the_config(schedule: str, warmup: float, steps: int, epochs: int) -> None:
    found = all_of(steps, epochs, learning_rate=0.5, learning_rate_schedule=schedule, warmup_epochs=warmup)
    assert found.shape == (steps * epochs,)
    assert ((found > 0) & (found <= 0.5)).all()


@pytest.mark.parametrize("kind", TRAINING["learning_rate_schedule"].options)
@pytest.mark.parametrize(("warmup", "steps", "epochs"), [(0.0, 5, 9), (0.04, 6, 2), (1.5, 4, 3), (3.0, 1, 2)])
def test_a_script_has_the_same_rates(kind: str, warmup: float, steps: int, epochs: int) -> None:
    """Also where a rise has less than half a step, or ends between two."""
    import keras

    config = TRAINING.filled({"learning_rate_schedule": kind, "warmup_epochs": warmup, "decay_epochs": 1})
    recipe: Any = SimpleNamespace(config=config)
    written = [*schedule_classes(recipe), *schedule(recipe, literal(config["learning_rate"]), code("EPOCHS"))]
    scope: dict[str, Any] = {"keras": keras, "np": np, "steps": steps, "EPOCHS": epochs}
    exec("\n".join(written), scope)
    rate = scope.get("rate", config["learning_rate"])
    theirs = of_keras(rate, range(steps * epochs)) if callable(rate) else [rate] * (steps * epochs)
    np.testing.assert_allclose(all_of(steps, epochs, **config), theirs, rtol=1e-5, atol=1e-9)
