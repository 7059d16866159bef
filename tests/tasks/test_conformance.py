"""What every registered task must keep of its contract, on labels that :mod:`task_examples` has of it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import task_examples as examples
import tiny

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import folded, split_dataset
from cnnsearch.data.stages import joined, pixels, scaling
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.study.record.lines import Worker
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.tasks.contract.targets import Targets
from cnnsearch.tasks.detection.targets import BoxTargets
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.refit import Refit
from cnnsearch.training.trial import TrialData, run_trial

FAMILIES = ("cnn", "transfer", "vit", "own_families:STOCK", "unet", "detector")

FIRST = {"vector": "cnn", "map": "unet", "boxes": "detector"}
"""What a task needs -> a family that gives it."""

GIVEN = {family: needed for needed, family in FIRST.items()}
"""The other way; all others give a vector."""

PRIORS = np.array([(x, y, x + 2, y + 2) for y in (0, 2, 4) for x in (0, 2, 4)], np.float32)
"""Of places on pictures of six by six pixels."""

pytestmark = [
    pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS)),
    pytest.mark.usefixtures("shared_programs"),
]


def targets_of(task: TaskSpec) -> Targets:
    return task.read(examples.EXAMPLES[task.name]).targets


def searched(task: TaskSpec, model: str = "") -> Experiment:
    ((_, labels),) = examples.EXAMPLES[task.name].parts
    x = tiny.pictures(examples.COUNT, 0)[0]
    space = {"batch_size": 16}
    return tiny.experiment(
        space, model or FIRST[task.needs], task=task.name, dataset=(x, labels), epochs=2, scheduler="none"
    )


def shape_of(targets: Targets) -> tuple[int, ...]:
    """What a network gives of all pictures."""
    if isinstance(targets, BoxTargets):
        return (examples.COUNT, len(PRIORS), 8 + targets.outputs.width)
    return (examples.COUNT, *targets.outputs.places, targets.outputs.width)


def drawn(targets: Targets) -> np.ndarray:
    """What an untrained network might give of all pictures."""
    outputs = np.random.default_rng(0).normal(size=shape_of(targets)).astype(np.float32)
    if isinstance(targets, BoxTargets):
        outputs[..., :4] = PRIORS + outputs[..., :4] / 4
        outputs[..., 4:8] = PRIORS
    return outputs


def metrics_of(task: TaskSpec) -> list[Metric]:
    """Those that the examples define."""
    return [metric for metric in task.metrics if metric.name not in examples.UNDEFINED.get(task.name, ())]


@pytest.fixture
def data(task: TaskSpec) -> TrialData:
    made = searched(task)
    dataset = load_dataset(made.dataset, task=task)
    return TrialData(dataset, split_dataset(dataset, made.dataset.validation, made.dataset.test, 0))


def predicted(task: TaskSpec) -> Predictions:
    """Of outputs drawn at random."""
    targets, config = targets_of(task), tiny.filled(searched(task))
    judged = task.head(targets.outputs, config).judged(drawn(targets), targets.values)
    kept = {name: np.asarray(array) for name, array in {**judged.kept, **judged.counts}.items()}
    return task.predictions(targets.values, kept, targets.names, config)


def test_what_is_kept_of_each_picture_is_declared(task: TaskSpec) -> None:
    """From which predictions of several folds are put together."""
    targets, config = targets_of(task), tiny.filled(searched(task))
    outputs = drawn(targets)
    judged = task.head(targets.outputs, config).judged(outputs, targets.values)
    assert (set(judged.kept), set(judged.counts) & set(task.kept)) == (set(task.kept), set())
    assert {len(array) for array in judged.kept.values()} == {examples.COUNT}
    heads = [task.fitted(targets.outputs, {**config, "head": head}, 0) for head in task.fits]
    assert all(set(one.judged(outputs.astype(float), targets.values).kept) == set(task.kept) for one in heads)


def test_what_was_decided_is_found_anew(task: TaskSpec) -> None:
    """Of another model than the one that had decided it; what its config fixes stays."""
    config, found = tiny.filled(searched(task)), predicted(task)
    names = task.decisions(targets_of(task).names)
    given = task.recorded({**found.to_arrays(), **{name: 0 * found.to_arrays()[name] for name in _decided(found)}}, ())
    assert task.decided_anew(given, config).scores(names) == found.scores(names)
    assert not names or given.scores(names) != found.scores(names)


def _decided(found: Predictions) -> set[str]:
    return {"threshold", "thresholds"} & set(found.to_arrays())


def test_what_it_declares(task: TaskSpec) -> None:
    assert TASKS[task.name] is task
    names = [metric.name for metric in task.metrics]
    assert len(set(names)) == len(names)
    assert {*task.every_epoch, *task.every_trial} <= {*names}
    assert task.first_aim == f"val_{task.every_epoch[0]}"
    model = FIRST[task.needs]
    given = {"name": "a", "model": model, "task": task.name, "dataset": searched(task).dataset}
    assert Experiment(**given, space={"filters": 4}).objective.metric
    assert task.doc
    assert "\n" not in task.doc


def test_targets_follow_their_pictures(task: TaskSpec) -> None:
    targets = targets_of(task)
    few = targets.take(np.array([4, 0]))
    assert len(targets.values) == examples.COUNT
    np.testing.assert_array_equal(few.values, targets.values[[4, 0]])
    assert (few.names, few.told(1)) == (targets.names, targets.told(0))
    assert targets.values.dtype == targets.outputs.dtype
    assert targets.values.shape[1:] == targets.outputs.shape
    assert task.measures == bool(targets.outputs.constants)
    assert not targets.problems(None)


def test_their_content_is_what_they_are(task: TaskSpec) -> None:
    targets = targets_of(task)
    assert targets.content() == targets_of(task).content()
    assert targets.content() != targets.take(np.arange(examples.COUNT)[::-1]).content()
    known = task.known(examples.EXAMPLES[task.name], targets.names)
    assert known.content() == targets.content()


def test_strata_have_members_and_names(task: TaskSpec) -> None:
    strata = targets_of(task).strata
    assert strata.members.shape == (examples.COUNT,)
    assert {*strata.members.tolist()} == {*range(len(strata.names))}
    assert strata.noun != strata.plural


def test_they_are_described_in_json(task: TaskSpec, data: TrialData) -> None:
    described = data.dataset.describe(data.split)
    assert json.loads(json.dumps(described)) == described
    assert list(described["counts"]["train"]) == list(targets_of(task).strata.names)
    assert (described.get("outputs") or described["classes"]) == list(data.dataset.targets.names)


def test_losses_are_one_a_picture_and_have_gradients(task: TaskSpec) -> None:
    import tensorflow as tf

    targets, config = targets_of(task), tiny.filled(searched(task))
    head = task.head(targets.outputs, config)
    outputs = tf.Variable(drawn(targets))
    with tf.GradientTape() as tape:
        losses = head.losses(outputs, tf.constant(targets.values), {})
    assert losses.shape == (examples.COUNT,)
    gradient = tape.gradient(losses, outputs).numpy()
    assert np.isfinite(gradient).all()
    learnt = np.abs(gradient).reshape(-1, gradient.shape[-1]).sum(axis=0) > 0
    given = np.arange(4, 8) if task.needs == "boxes" else ()  # priors are what they are
    assert np.delete(learnt, given).all(), "every output is learnt"
    assert len(head.sums(outputs, tf.constant(targets.values))) == len(task.trained)
    assert head.refused(outputs.numpy()) is None


def test_an_exported_model_ends_in_one_layer(task: TaskSpec) -> None:
    import keras

    targets, config = targets_of(task), tiny.filled(searched(task))
    network = keras.Input(shape_of(targets)[1:])
    told = task.head(targets.outputs, config).exported(network)
    model = keras.Model(network, told)
    names = [layer.name for layer in model.layers[1:]]
    assert names[-1] == task.output
    assert task.needs == "boxes" or len(names) == 1, "boxes are suppressed before"
    answers = task.answers(targets.names)
    assert answers.problem(model.output_shape) is None
    assert answers.problem((None, *shape_of(targets)[1:-1], targets.outputs.width + 1)) is not None
    assert answers.problem((None, 4, 4, 1)) is not None


def test_scores_are_within_their_bounds(task: TaskSpec) -> None:
    scores = predicted(task).scores(metric.name for metric in metrics_of(task))
    assert list(scores) == [metric.name for metric in metrics_of(task)]
    for metric in metrics_of(task):
        assert metric.low <= scores[metric.name] <= metric.high, metric.name


def test_every_picture_has_its_part_in_a_metric(task: TaskSpec) -> None:
    predictions = predicted(task)
    scores = predictions.scores(metric.name for metric in metrics_of(task))
    for metric in metrics_of(task):
        parts = predictions.per_item(metric.name)
        assert parts.shape == (examples.COUNT,), metric.name
        if metric.kind in ("share", "mean"):
            assert parts.mean() == pytest.approx(scores[metric.name]), metric.name


def test_predictions_can_be_kept(task: TaskSpec) -> None:
    predictions = predicted(task)
    arrays = predictions.to_arrays()
    again = task.recorded(arrays, targets_of(task).names)
    assert again.fits
    assert again.is_alike(predictions)
    names = [metric.name for metric in metrics_of(task)]
    assert again.scores(names) == pytest.approx(predictions.scores(names), rel=5e-3, abs=5e-3), "float16 at most"
    with pytest.raises((KeyError, ValueError)):
        task.recorded({"other": np.zeros(3)}, ())


def test_some_of_them_keep_what_was_decided(task: TaskSpec) -> None:
    predictions = predicted(task)
    same = predictions.take(np.arange(examples.COUNT))
    names = [metric.name for metric in metrics_of(task)]
    assert same.scores(names) == pytest.approx(predictions.scores(names))
    half = predictions.take(np.arange(0, examples.COUNT, 2))
    assert len(half) == examples.COUNT // 2
    assert not half.is_alike(predictions)


def test_mistakes_are_the_worst_first(task: TaskSpec) -> None:
    found = predicted(task).mistakes(5, targets_of(task).names)
    assert 0 < len(found.worst) <= 5
    assert found.wrong >= len(found.worst)
    for worst in found.worst:
        assert 0 <= worst.position < examples.COUNT
        assert worst.name
        json.dumps(worst.told)


def test_an_answer_has_a_cell_a_column(task: TaskSpec) -> None:
    targets = targets_of(task)
    answers = task.answers(targets.names)
    answer = answers.of(np.full(shape_of(targets)[1:], 1 / max(targets.outputs.width, 2), np.float32))
    json.dumps([answer.to_dict(), answers.decided])
    assert len(answer.cells(3)) == len(answers.columns)
    told = answers.told(predicted(task))
    assert told.lines
    assert all(len(row) == len(told.columns) for row in told.rows)


@pytest.mark.parametrize(
    "model",
    # Of vit a task sees a vector, as of the others: its own test_conformance.py has it.
    [pytest.param(name, marks=[pytest.mark.exhaustive] if name == "vit" else []) for name in FAMILIES],
)
def test_a_trial_with_every_family(task: TaskSpec, model: str, data: TrialData) -> None:
    """Or words, where the family gives nothing that the task could tell its answers from."""
    if task.needs != GIVEN.get(model, "vector"):
        with pytest.raises(InputError, match=f"task '{task.name}' tells its answers from (a )?{task.needs}, as"):
            searched(task, model)
        return
    made = searched(task, model)
    kept = []
    result = run_trial(made, tiny.filled(made), data, keep=kept.append)
    assert (result.state, result.reason) == ("COMPLETED", None)
    assert list(result.epochs[0].values) == list(task.curve(made.objective.metric))
    assert {f"val_{name}" for name in task.every_trial} <= {*result.metrics}
    assert all(math.isfinite(value) for value in result.metrics.values())
    # What the exported model gives for the validation pictures is what the trial said of them.
    x = data.dataset.pictures.read(data.split.validation, None)
    y = data.dataset.targets.values[data.split.validation]
    again = task.answers(data.dataset.targets.names, result.metrics).predictions(y, kept[0].predict(x, verbose=0))
    names = [name for name in task.every_trial if name != "loss"]  # which has the weights' regularisation in it
    told = {name: result.metrics[f"val_{name}"] for name in names}
    assert again.scores(names) == pytest.approx(told, rel=1e-4, abs=1e-4)


def test_a_trial_on_folds(task: TaskSpec, data: TrialData) -> None:
    """Means over the folds; what is decided, and the predictions, of all pictures together."""
    split = folded(data.dataset, data.split, 2, 1, 0)
    made = searched(task).updated({"evaluation": {"folds": 2}, "final": "refit", "epochs": 1})
    result = run_trial(made, tiny.filled(made), TrialData(data.dataset, split))
    assert (result.state, result.reason) == ("COMPLETED", None)
    assert result.value == np.mean(result.folds) == result.metrics[made.objective.metric]
    assert {f"val_{name}" for name in task.every_trial} <= {*result.metrics}
    assert result.predictions.is_alike(result.predictions)
    assert len(result.predictions) == split.together
    decided = task.decisions(data.dataset.targets.names)
    assert {name: result.metrics[f"val_{name}"] for name in decided} == result.predictions.scores(decided)
    # A plain mean over pictures is the mean over folds, weighed by their pictures.
    name = next(metric.name for metric in task.metrics if metric.kind in ("share", "mean"))
    of_folds = [result.predictions.take(fold.validation).scores([name])[name] for fold in split.folds.of_trials]
    sizes = [len(fold.validation) for fold in split.folds.of_trials]
    assert result.predictions.scores([name])[name] == pytest.approx(np.average(of_folds, weights=sizes), rel=1e-5)
    targets = data.dataset.targets.values[split.train]
    np.testing.assert_array_equal(np.asarray(result.predictions.pair[0]).ravel(), np.ravel(targets))


def test_a_refit_is_judged_by_what_a_trial_decided(task: TaskSpec, data: TrialData) -> None:
    """Trained on both splits, its model answers with the thresholds of the trial before it, and has none of its own."""
    made = searched(task)
    config, targets = tiny.filled(made), data.dataset.targets
    both = joined(pixels(data.dataset, data.split, None))
    refit = Refit(made, config, both, scaling(both, "unit"), 0, 1)
    refit.run_epoch()
    end = refit.ended(0, Worker(), 0.0, 1.0)
    assert [*end.metrics] == ["loss", *task.trained]
    exported = refit.export()
    before = run_trial(made, config, data).metrics
    y, x = targets.values[data.split.test], data.dataset.pictures.read(data.split.test, None)
    found = task.answers(targets.names, before).predictions(y, tiny.answers(exported, x))
    names = [name for name in task.every_trial if name != "loss"]  # which needs the config too
    assert all(math.isfinite(value) for value in found.scores(names).values())


def test_a_head_that_cannot_be_fitted_is_refused(task: TaskSpec) -> None:
    for kind in {"logistic_regression", "linear_svm"} - {*task.fits}:
        with pytest.raises(InputError) as caught:
            tiny.experiment({"head": kind}, "transfer", task=task.name, dataset=searched(task).dataset)
        assert f"space.head: must be dense for task '{task.name}' (got '{kind}')" in str(caught.value)
