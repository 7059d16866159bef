"""Program: reset, evaluation, order and precision. Its numbers against ``fit`` are in ``test_parity.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.families.spec import TRAINING
from cnnsearch.study.predictions import from_bytes, to_bytes
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.training.programs.program import EVALUATION_BATCH, Program, _weighted
from cnnsearch.training.trainer import Trainer

STILL = np.float32([0.0, 0.0, 0.0])
"""Learning rates of an epoch that changes no weight."""


def disturb(program: Program) -> None:
    """Train an epoch, then move every variable that the training has not."""
    program.train_epoch(tiny.one_piece(*tiny.pictures(tiny.COUNT, 2)), np.float32([0.1] * 3), 1, 0)
    for variable in program.variables:
        variable.assign(np.asarray(variable) + np.ones((), np.asarray(variable).dtype))


def numbers(program: Program) -> list[Any]:
    """Of an epoch of training and of the evaluation after it, bit for bit."""
    trained = program.train_epoch(tiny.one_piece(*tiny.pictures(tiny.COUNT, 0)), np.float32([0.02] * 3), 1, 0)
    loss, probabilities, confusion = tiny.evaluated(program, tiny.whole(*tiny.pictures(70, 1)))
    return [*trained, loss, probabilities.tobytes(), confusion.tolist()]


BUSY = {"dropout": 0.3, "batch_normalization": True, "l2": 0.01}


_OF_EACH_SHAPE = ("lion", "nadam")
"""Optimizers that keep one variable a weight, and two with a number beside them; ``sgd`` and ``adam`` stand below."""


class TestReset:
    @pytest.mark.parametrize(
        ("config", "keys"),
        [
            *(
                pytest.param(
                    {"optimizer": kind, "weight_decay": 0.1, **BUSY},
                    {},
                    marks=[] if kind in _OF_EACH_SHAPE else [pytest.mark.exhaustive],
                )
                for kind in TRAINING["optimizer"].options
            ),
            ({"optimizer": "sgd", "momentum": 0.0, **BUSY}, {}),
            ({"ema_momentum": 0.9, "gradient_accumulation": 2, "clip_norm": 0.1, **BUSY}, {}),
            ({"optimizer": "sgd", **BUSY}, {"resources": {"precision": "mixed_float16"}}),
        ],
    )
    def test_brings_everything_to_where_that_of_a_new_program_is(self, config: Any, keys: Any) -> None:
        searched = tiny.experiment(config, **keys)
        program, new = (tiny.program(searched, seed=seed) for seed in (3, 4))
        assert program.is_reusable
        first = tiny.state(new)
        expected = numbers(new)
        assert {variable.name for variable in program.optimizer.variables} >= {"iteration", "learning_rate"}
        for _ in range(2):
            disturb(program)
            assert all((now != then).any() for now, then in zip(tiny.state(program), first, strict=True))
            program.reset(4)
            for mine, theirs in zip(tiny.state(program), first, strict=True):
                np.testing.assert_array_equal(mine, theirs)
            assert numbers(program) == expected

    def test_another_seed_gives_other_numbers(self) -> None:
        program = tiny.program(tiny.experiment(BUSY))
        found = []
        for seed in (1, 2):
            program.reset(seed)
            found.append(numbers(program))
        assert all(left != right for left, right in zip(*found, strict=True))

    def test_the_slots_of_the_optimizer_are_there_before_the_first_step(self) -> None:
        """How many each optimizer has: test_optimizer.py."""
        program = tiny.program(tiny.experiment({"optimizer": "adam"}))
        assert len(program.optimizer.variables) - 2 == 2 * len(program.model.trainable_variables)


def test_the_counts_of_a_program() -> None:
    program = tiny.program(tiny.experiment({"dropout": 0.3, "class_weights": "balanced"}))
    assert program.bytes == 20 * sum(weight.numpy().size for weight in program.model.weights)
    assert 0 < program.compile_seconds < 60
    assert {name: tuple(value.variable.shape) for name, value in program.values.items()} == {
        "class_weights": (tiny.CLASSES,),
        "dropout": (),
    }


def test_every_picture_is_trained_on_once_and_in_order() -> None:
    """Batches of one picture, and a learning rate that lets only one of them change the weights."""
    program = tiny.program(tiny.experiment({"optimizer": "sgd", "momentum": 0.0, "batch_size": 1}))
    x, y = tiny.pictures(3, 2)
    only = [program.evaluate(tiny.whole(x[i : i + 1], y[i : i + 1]))[0] for i in range(3)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 1, 0]):
        loss, accuracy = program.train_epoch(tiny.one_piece(x, y, np.array(order)), STILL, 0, 0)
        assert loss == pytest.approx(np.mean([only[i] for i in order]), rel=1e-5)
        assert 0 <= accuracy <= 1
    weights = []
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        program.reset(7)
        program.train_epoch(tiny.one_piece(x, y, np.array(order)), np.float32([0.5, 0.0, 0.0]), 0, 0)
        weights.append(tiny.state(program)[0])
        program.reset(7)
        alone = tiny.one_piece(x, y, np.array(order[:1]))
        program.train_epoch(alone, np.float32([0.5]), 0, 0)
        np.testing.assert_array_equal(tiny.state(program)[0], weights[-1])
    assert all((weights[0] != other).any() for other in weights[1:])


def test_what_is_counted_is_what_the_probabilities_decide() -> None:
    """Logits may be nearer to each other than probabilities can tell, and a model's file gives probabilities only."""
    program = tiny.program(tiny.experiment({}))
    x, y = tiny.pictures(100, 3)
    biases = np.float32([0.0, 1e-9, 2e-9, 3e-9, 4e-9])
    program.model.set_weights([np.zeros(weight.shape) for weight in program.model.weights[:-1]] + [biases])
    assert (np.asarray(program.model(x.astype(np.float32))).argmax(axis=1) == 4).all()
    _, probabilities, confusion = tiny.evaluated(program, tiny.whole(x, y))
    kept = from_bytes(to_bytes(ClassPredictions(y, probabilities)), CLASSIFICATION).probabilities
    for found in (probabilities, kept):
        assert (found.argmax(axis=1) == y).sum() == np.trace(confusion) == (y == 0).sum()


def test_an_epoch_in_pieces_is_the_epoch() -> None:
    program = tiny.program(tiny.experiment({**BUSY, "random_zoom": 0.3}))
    x, y = tiny.pictures(tiny.COUNT, 0)
    order = np.random.default_rng(0).permutation(tiny.COUNT)
    rates = np.float32([0.01, 0.02, 0.03])
    found = []
    for ends in ([], [64], [128], [64, 128]):
        program.reset(5)
        pieces = [tiny.one_piece(x, y, part)[0] for part in np.split(order, ends)]
        found.append((program.train_epoch(pieces, rates, 1, 6), [array.tobytes() for array in tiny.state(program)]))
    assert found.count(found[0]) == len(found)
    program.reset(5)
    assert program.train_epoch(tiny.one_piece(x, y, order), rates, 1, 7) != found[0][0], "the step is in the draws"
    program.reset(5)
    assert program.train_epoch(tiny.one_piece(x, y, order), rates, 2, 6) != found[0][0], "the seed is in the draws"


@pytest.fixture(scope="module")
def still() -> Program:
    return tiny.program(tiny.experiment({"l2": 0.01}))


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_evaluation_covers_every_picture_whatever_their_number(still: Program, count: int) -> None:
    x, y = tiny.pictures(count, 3)
    loss, probabilities, confusion = tiny.evaluated(still, tiny.whole(x, y))
    logits = np.asarray(still.model(x.astype(np.float32)))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    kernels = [weight.numpy() for weight in still.model.trainable_weights if weight.name == "kernel"]
    penalty = 0.01 * sum((kernel**2).sum() for kernel in kernels)
    assert loss == pytest.approx(-np.log(expected[np.arange(count), y]).mean() + penalty, rel=1e-4)
    counted = np.zeros((tiny.CLASSES, tiny.CLASSES), int)
    np.add.at(counted, (y, expected.argmax(axis=1)), 1)
    np.testing.assert_array_equal(confusion, counted)


def test_evaluation_in_pieces_is_that_of_the_whole(still: Program) -> None:
    x, y = tiny.pictures(600, 3)
    loss, probabilities, confusion = tiny.evaluated(still, tiny.whole(x, y))
    ends = [EVALUATION_BATCH, 2 * EVALUATION_BATCH]
    parts = [tiny.whole(*part)[0] for part in zip(np.split(x, ends), np.split(y, ends), strict=True)]
    again = tiny.evaluated(still, parts)
    assert again[0] == loss
    np.testing.assert_array_equal(again[1], probabilities)
    np.testing.assert_array_equal(again[2], confusion)


def test_dropout_works_in_training_only() -> None:
    program = tiny.program(tiny.experiment({"dropout": 0.5}))
    pieces = tiny.one_piece(*tiny.pictures(64, 4))
    trained = {program.train_epoch(pieces, np.float32([0.0]), 0, 0)[0] for _ in range(3)}
    evaluated = {program.evaluate([piece[:2] for piece in pieces])[0] for _ in range(3)}
    assert len(trained) == 3
    assert len(evaluated) == 1


@pytest.mark.parametrize("name", ["label_smoothing", "class_weights", "dropout", "random_flip", "random_rotation"])
def test_what_is_for_training_leaves_the_evaluation_alone(still: Program, name: str) -> None:
    value = {"class_weights": "balanced", "random_flip": "both"}.get(name, 0.4)
    program = tiny.program(tiny.experiment({"l2": 0.01, name: value}))
    program.model.set_weights(still.model.get_weights())
    x, y = tiny.pictures(70, 1)
    np.testing.assert_allclose(program.evaluate(tiny.whole(x, y))[0], still.evaluate(tiny.whole(x, y))[0], rtol=1e-6)


def test_class_weights_are_relative_to_a_mean_of_one() -> None:
    searched = tiny.experiment({"class_weights": "balanced"}, epochs=1)
    trainer = Trainer(searched, {"class_weights": "balanced"}, tiny.PIXELS, tiny.SCALING, 1)
    weights = trainer._program.values["class_weights"].variable.numpy()
    assert weights[tiny.PIXELS.y_train].mean() == pytest.approx(1, rel=1e-6)
    totals = [weights[name] * (tiny.PIXELS.y_train == name).sum() for name in range(tiny.CLASSES)]
    np.testing.assert_allclose(totals, totals[0], rtol=1e-6)
    assert len(set(weights.tolist())) > 1


def test_the_latency_is_measured_once(still: Program) -> None:
    x, y = tiny.whole(*tiny.pictures(1, 0))[0]
    assert 0 < still.latency(x, y).seconds < 1
    assert still.latency(x, y) is still.latency(x, y)


@pytest.mark.parametrize("name", ["global_noise", "global_noise_in_training", "stateful_noise", "counting"])
def test_state_that_cannot_be_reset_is_seen(name: str) -> None:
    assert not tiny.program(tiny.experiment({}, f"own_families:{name}")).is_reusable


def test_python_in_the_graph_is_not_trusted() -> None:
    assert not tiny.program(tiny.experiment({}, "own_families:python_noise")).is_reusable


@pytest.mark.parametrize("name", ["build", "convolutions", "sharpened"])
def test_layers_of_ones_own_that_keep_nothing_are_reused(name: str) -> None:
    searched = tiny.experiment({"rate": 0.2}, f"own_families:{name}", runtime=["rate"])
    assert tiny.program(searched).is_reusable


class TestPrecision:
    # Of float16 its scale of the loss: TestReset, and test_checkpoint.py.
    @pytest.mark.parametrize(
        "precision", ["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.exhaustive)]
    )
    def test_mixed_precision_trains_and_exports_float32(self, precision: str) -> None:
        import keras

        config = {"dropout": 0.1, "l2": 1e-4, "batch_normalization": True, "learning_rate": 0.02, "random_zoom": 0.1}
        searched = tiny.experiment(config, epochs=6, resources={"precision": precision})
        trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
        computing = {layer.compute_dtype for layer in trainer._program.model.layers if layer.weights}
        assert computing == {precision.removeprefix("mixed_")}
        while trainer.end_reason is None:
            trainer.run_epoch()
        assert np.isfinite([(e.values["loss"], e.values["val_loss"]) for e in trainer.epochs]).all()
        assert trainer.epochs[-1].values["loss"] < trainer.epochs[0].values["loss"] - 0.1
        assert {weight.dtype for weight in trainer._program.model.trainable_weights} == {"float32"}

        exported = trainer.export()
        assert {layer.dtype_policy.name for layer in exported._flatten_layers()} == {"float32"}
        assert {str(weight.dtype) for weight in exported.weights} == {"float32"}
        probabilities = tiny.answers(exported, tiny.PIXELS.x_validation)
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, trainer.predictions.probabilities, atol=0.03)
        assert keras.config.dtype_policy().name == "float32"

    def test_mixed_precision_is_something_else_than_float32(self) -> None:
        losses = {
            precision: tiny.trained(tiny.experiment({}, epochs=1, resources={"precision": precision})).epochs[0][0]
            for precision in ("float32", "mixed_bfloat16", "mixed_float16")
        }
        assert len(set(losses.values())) == 3
        assert max(losses.values()) - min(losses.values()) < 0.02

    def test_float16_scales_the_loss(self) -> None:
        program = tiny.program(tiny.experiment({"optimizer": "sgd"}, resources={"precision": "mixed_float16"}))
        assert type(program._loss_scale).__name__ == "LossScaleOptimizer"
        assert float(program._loss_scale.scale_loss(np.float32(1.0))) > 1
        assert type(tiny.program(tiny.experiment({"optimizer": "sgd"}))._loss_scale).__name__ != "LossScaleOptimizer"

    def test_the_policy_is_restored_where_building_fails(self) -> None:
        import keras

        searched = tiny.experiment({}, "own_families:raises", resources={"precision": "mixed_bfloat16"})
        with pytest.raises(ValueError, match="no such network"):
            tiny.program(searched)
        assert keras.config.dtype_policy().name == "float32"


def test_xla_gives_the_same_numbers() -> None:
    config = {"l2": 0.01, "label_smoothing": 0.1, "batch_size": tiny.COUNT}  # one size of batch is compiled once
    with_xla, without = (tiny.trained(tiny.experiment(config, resources={"xla": xla})) for xla in (True, False))
    np.testing.assert_allclose(with_xla.epochs, without.epochs, atol=1e-4)
    assert with_xla.state != without.state, "it was compiled by XLA, whose sums are in another order"


def test_what_layers_add_to_the_loss_is_part_of_it_as_in_fit() -> None:
    """``add_loss`` and activity regularisers, in batches of the size of ``fit``, the last one smaller."""
    import keras

    searched = tiny.experiment({"batch_size": 48}, "own_families:adding")
    program, model = tiny.program(searched), tiny.structure(searched).build({})
    model.set_weights(program.model.get_weights())
    still = keras.optimizers.SGD(0.0)
    model.compile(still, keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    x, y = tiny.pictures(70, 1)
    loss = program.evaluate(tiny.whole(x, y))[0]
    assert loss == pytest.approx(model.evaluate(x, y, batch_size=48, verbose=0), rel=1e-5)
    plain = keras.losses.sparse_categorical_crossentropy(y, model(x), from_logits=True).numpy().mean()
    assert loss > plain + 0.1
    trained, _ = program.train_epoch(tiny.one_piece(x, y), np.float32([0.0, 0.0]), 1, 0)
    fitted = model.fit(x, y, batch_size=48, shuffle=False, verbose=0).history["loss"][0]
    assert trained == pytest.approx(fitted, rel=1e-5)


def test_weights_of_mixed_pictures_go_by_their_shares() -> None:
    """As each picture would count by itself, so that a loss that is linear in the target is that of both."""
    weights, shares = np.array([1.0, 4.0]), np.array([0.75, 0.5])
    others = weights[::-1]
    both = (("own", shares), ("other", 1 - shares))
    (_, own), (_, other) = _weighted(both, weights, others, shares)  # type: ignore[arg-type]
    np.testing.assert_array_equal(own, [0.75, 2.0])
    np.testing.assert_array_equal(other, [1.0, 0.5])
    ((target, between),) = _weighted((("between", np.ones(2)),), weights, others, shares)  # type: ignore[arg-type]
    assert target == "between"
    np.testing.assert_array_equal(between, own + other)
