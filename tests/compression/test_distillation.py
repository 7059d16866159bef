"""Distillation: what may be asked for, what a student is trained by, and the losses by which it is taught."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from synthetic import digits_experiment

from cnnsearch.cache.cache import Cache
from cnnsearch.cli.models.students import read_student
from cnnsearch.compression.distillation.spec import Distillation, distillations_of
from cnnsearch.compression.distillation.student import student_of
from cnnsearch.compression.spec import Pruning, TrialTraining, ways_of
from cnnsearch.errors import InputError
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.targets import Outputs

SMALL = {"filters": 4, "conv_blocks": 1}


def test_what_a_way_is_called_and_recorded_as() -> None:
    (taught,) = distillations_of([SMALL])
    assert taught.name == "distilled-filters-4-conv-blocks-1"
    assert taught.told == {"distill": "filters=4, conv_blocks=1", "weight": 0.9}
    (other,) = distillations_of([SMALL], 2.5, 0.5, 3, seed=7)
    assert other.name == "distilled-filters-4-conv-blocks-1-temperature-2-5-weight-0-5-seed-7"
    assert other.told == {
        **{"distill": "filters=4, conv_blocks=1", "weight": 0.5, "temperature": 2.5},
        **{"student_epochs": 3, "student_seed": 7},
    }
    pair = distillations_of([SMALL, SMALL], 2.5, alone=True)
    assert [each.name for each in pair] == [f"{taught.name}-temperature-2-5", "alone-filters-4-conv-blocks-1"]
    assert [each.is_alone for each in pair] == [False, True]


def test_long_names_stay_names_of_files() -> None:
    names = {Distillation((("class_weights", tuple(range(last))),)).name for last in (60, 61)}
    assert len(names) == 2
    assert all(len(name) <= 100 and re.fullmatch(r"[a-z0-9-]+", name) for name in names)


def test_a_student_is_quantized_and_pruned_and_one_alone_is_not() -> None:
    students = distillations_of([SMALL], alone=True)
    taught, alone = (each.name for each in students)
    assert [way.name for way in ways_of([], "float", (), distillations=students)] == [taught, alone]
    both = ways_of(["int8"], "float", (0.5,), distillations=students)
    assert [way.name for way in both] == [taught, f"{taught}-pruned-50", f"{taught}-pruned-50-int8", alone]
    faster = distillations_of([{**SMALL, "learning_rate": 0.4}])
    (_, pruned) = ways_of([], "float", (0.5,), distillations=faster)
    told = pruned.of_trial(TrialTraining(0.1, 5))
    assert told["learning_rate"] == pytest.approx(0.04), "a tenth of the student's own"
    assert told["student_epochs"] == 5, "as many as the trial had are another training than some that were asked for"
    assert replace(pruned, distill=replace(faster[0], epochs=3)).of_trial(TrialTraining(0.1, 5))["student_epochs"] == 3
    assert pruned.prune == Pruning(0.5)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"weight": 0.5}, "--weight: goes with --distill"),
        ({"alone": True}, "--alone: goes with --distill"),
        ({"students": [{}]}, "--distill: must name a parameter"),
        ({"students": [{"filters": {"choice": [1]}}]}, "--distill filters: must be a boolean"),
        ({"students": [SMALL], "weight": 0}, "--weight: must be above 0"),
        ({"students": [SMALL], "weight": 1.5}, "--weight: must be a share"),
        ({"students": [SMALL], "temperature": 0}, "--temperature: must be above 0"),
        ({"students": [SMALL], "epochs": 0}, "--student-epochs: must be"),
        ({"students": [SMALL], "seed": -1}, "--student-seed: must be"),
    ],
)
def test_what_is_no_way(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        distillations_of(**{"students": [], **options})


def test_students_on_the_command_line() -> None:
    told = "filters=8, units=[4, 2],learning_rate=1e-3 ,optimizer=adam"
    assert read_student(told) == {"filters": 8, "units": [4, 2], "learning_rate": 1e-3, "optimizer": "adam"}
    for wrong in ("", "filters", "filters=8,", "=8"):
        with pytest.raises(InputError, match="must be PARAMETER=VALUE"):
            read_student(wrong)
    with pytest.raises(InputError, match="names filters twice"):
        read_student("filters=8,filters=4")
    with pytest.raises(InputError, match="--distill units"):
        read_student("units=[8")


def test_what_a_student_is_trained_by() -> None:
    """What it sets is read, also where the search left it off, or under a condition."""
    space = {"filters": {"choice": [8, 16]}, "units": {"choice": [16], "when": {"filters": [16]}}}
    experiment = digits_experiment(space=space, limits={"parameters": 10**6})
    way = Distillation((("filters", 4), ("label_smoothing", 0.1)), epochs=2)
    student = student_of(experiment, {"filters": 16, "units": 16}, way)
    assert {"filters": 4, "units": 16, "label_smoothing": 0.1}.items() <= student.config.items()
    assert "label_smoothing" in student.experiment.active - experiment.active
    assert (student.experiment.epochs, student.experiment.limits) == (2, None)
    assert student.experiment.seed == experiment.seed
    seeded = Distillation(way.student, epochs=2, seed=7)
    assert student_of(experiment, {"filters": 16, "units": 16}, seeded).experiment.seed == 7


@pytest.mark.parametrize(
    ("student", "config", "rule"),
    [
        ({"fliters": 4}, {}, "--distill.fliters: not a parameter of model 'cnn'; did you mean 'filters'"),
        ({"filters": 0}, {}, "--distill.filters: must be a whole number from 1"),
        ({"momentum": 0.5}, {"optimizer": "adam"}, "--distill.momentum: does nothing"),
        ({"image_size": 4}, {}, "--distill.image_size: must stay what it is of the best model"),
        ({"filters": 4, "warmup_epochs": 99}, {}, "--student-epochs: must be more than warmup_epochs"),
    ],
)
def test_who_is_no_student(student: dict[str, Any], config: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        student_of(digits_experiment(), {"learning_rate": 0.01, **config}, Distillation(tuple(student.items())))


def test_what_the_best_model_has_and_its_student_does_not_read_is_no_mistake() -> None:
    given = Distillation((("dense_layers", 0),))
    assert student_of(digits_experiment(), {"units": 32, "dense_layers": 1}, given).config["dense_layers"] == 0
    same = Distillation((("image_size", 8), ("filters", 4)))
    assert student_of(digits_experiment(), {"image_size": 8}, same).config["filters"] == 4


def _head(task: str, width: int) -> Any:
    constants = tuple(map(float, (*range(width), *range(2, width + 2)))) if task == "regression" else ()
    return TASKS[task].head(Outputs(width, constants=constants), {"loss": "mae", "huber_delta": 1.0})


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_classes_at_a_temperature(temperature: float) -> None:
    """The divergence of Hinton et al. 2015 from logits, of which the teacher tells no more than probabilities."""
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(0, 3, (2, 6, 5)).astype(np.float32)

    def soft(logits: np.ndarray) -> np.ndarray:
        return np.exp(logits / temperature) / np.exp(logits / temperature).sum(axis=-1, keepdims=True)

    p, q = soft(teacher), soft(student)
    told = np.exp(teacher) / np.exp(teacher).sum(axis=-1, keepdims=True)
    found = _head("classification", 5).taught(student, told, np.float32(temperature))
    np.testing.assert_allclose(found, temperature**2 * (p * np.log(p / q)).sum(axis=-1), rtol=1e-3)
    sure = np.eye(5, dtype=np.float32)[:, :5]
    assert np.isfinite(_head("classification", 5).taught(student[:5], sure, np.float32(temperature))).all()


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_labels_are_classes_of_two(task: str) -> None:
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(0, 2, (2, 6, 1)).astype(np.float32)
    told = 1 / (1 + np.exp(-teacher))
    two = _head("classification", 2).taught(
        np.concatenate([0 * student, student], axis=1), np.concatenate([1 - told, told], axis=1), np.float32(3.0)
    )
    np.testing.assert_allclose(_head(task, 1).taught(student, told, np.float32(3.0)), two, rtol=1e-4, atol=1e-5)


def test_numbers_are_compared_by_their_spread() -> None:
    told = np.array([[1.0, 6.0], [0.0, 1.0]])
    found = _head("regression", 2).taught(np.zeros((2, 2), np.float32), told, np.float32(1.0))
    np.testing.assert_allclose(found, [((1 / 2) ** 2 + (5 / 3) ** 2) / 2, 0.0], atol=1e-6)


@pytest.mark.parametrize("task", list(TASKS))
def test_a_task_declares_what_its_head_can_be_taught_by(task: str) -> None:
    module = importlib.import_module(f"cnnsearch.tasks.{task}.head")
    (head,) = (each for each in vars(module).values() if isinstance(each, type) and hasattr(each, "judged"))
    assert hasattr(head, "taught") == (TASKS[task].teaches is not None)


@pytest.fixture(scope="module")
def taught() -> dict[str, Any]:
    """A teacher, and two programs of one network: one with its answers at hand, and one along which it runs."""
    import keras

    from cnnsearch.training.programs.program import Program
    from cnnsearch.training.programs.structure import Structure
    from cnnsearch.training.teacher import Teacher, answers_of

    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(tiny.CLASSES)]
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((6, 6, 2)), *layers, keras.layers.Softmax()])
    answers = answers_of(model, tiny.PIXELS.x_train)
    found: dict[str, Any] = {"answers": answers, "model": model}
    for name, config, known in (("at hand", {}, answers), ("along", {"mixup": 0.5}, None)):
        experiment = tiny.experiment({"optimizer": "sgd", "momentum": 0.0, **config})
        filled = tiny.filled(experiment)
        given = tiny.PIXELS, tiny.SCALING
        structure = Structure.of(experiment, filled, *given, teacher=Teacher(model, known))
        found[name] = Program(structure, 0)
        numbers = {each: experiment.searchable.number(each, filled) for each in structure.active}
        found[name].set_values(numbers)
    return found


def _epoch(program: Any, teaching: Any, order: np.ndarray) -> float:
    pieces = tiny.one_piece(tiny.PIXELS.x_train, tiny.PIXELS.y_train, order)
    rates = np.zeros(-(-len(order) // 64), np.float32)
    loss: float = program.train_epoch(pieces, rates, 0, 0, lessons=teaching.lessons(order))[0]
    return loss


def test_the_loss_of_an_epoch_is_shared_between_targets_and_teacher(taught: dict[str, Any]) -> None:
    from cnnsearch.training.teacher import Teacher, Teaching

    program, answers = taught["at hand"], taught["answers"]
    order = np.random.default_rng(0).permutation(tiny.COUNT)[:100].astype(np.int32)
    logits = program.model.predict_on_batch(tiny.PIXELS.x_train[order].astype(np.float32))
    soft = float(np.mean(_head("classification", tiny.CLASSES).taught(logits, answers[order], np.float32(3.0))))
    hard = program.evaluate(tiny.whole(tiny.PIXELS.x_train[order], tiny.PIXELS.y_train[order]))[0]
    assert abs(soft - hard) > 0.1
    for weight in (0.0, 0.25, 1.0):
        teaching = Teaching(Teacher(taught["model"], answers), 3.0, weight)
        expected = (1 - weight) * hard + weight * soft
        assert _epoch(program, teaching, order) == pytest.approx(expected, rel=1e-4), weight


def test_a_teacher_that_runs_along_sees_what_the_student_sees(taught: dict[str, Any]) -> None:
    """Of pictures that are mixed it tells something else than of these as they are."""
    import tensorflow as tf

    from cnnsearch.training.teacher import Teacher, Teaching

    program, order = taught["along"], np.arange(64, dtype=np.int32)
    assert program.is_reusable, "students at several strengths share it: the teacher's weights are no state of it"
    whole, half, none = (
        _epoch(program, Teaching(Teacher(taught["model"], None), 2.0, weight), order) for weight in (1.0, 0.5, 0.0)
    )
    assert half == pytest.approx((whole + none) / 2, rel=1e-4)
    pictures = tiny.PIXELS.x_train[order].astype(np.float32)
    mixed, _ = program._mix(tf.constant(pictures), tf.constant([0, 0], tf.int64))
    assert np.abs(pictures - np.asarray(mixed)).max() > 10
    logits, told = program.model.predict_on_batch(mixed), taught["model"].predict_on_batch(mixed)
    soft = _head("classification", tiny.CLASSES).taught(logits, told, np.float32(2.0))
    assert whole == pytest.approx(float(np.mean(soft)), rel=1e-4)


def test_what_a_teacher_tells_is_computed_once_a_machine(
    taught: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnsearch.compression.distillation import answers

    cache, model, x, told = Cache(tmp_path, 2**30), taught["model"], tiny.PIXELS.x_train, []
    first = answers.cached_answers(cache, model, x, told.append)
    assert told == []
    assert first.tobytes() == taught["answers"].tobytes()
    (kept,) = cache.entries(answers.KIND)
    monkeypatch.setattr(answers, "answers_of", lambda *_: pytest.fail("they are there"))
    assert answers.cached_answers(cache, model, x, told.append).tobytes() == first.tobytes()
    assert told == [f"what the best model tells of {len(x)} training inputs is read from the cache"]
    asked: list[str] = []
    monkeypatch.setattr(answers, "answers_of", lambda *_: (asked.append("again"), first)[1])
    answers.cached_answers(cache, model, x[::-1])
    weights = model.get_weights()
    model.set_weights([weights[0] + 1, *weights[1:]])
    answers.cached_answers(cache, model, x)
    model.set_weights(weights)
    answers.cached_answers(None, model, x)
    assert len(asked) == 3, "other pictures, another teacher, no cache"
    assert cache.remove(kept.folder)
    answers.cached_answers(cache, model, x)
    assert len(asked) == 4
