"""The file of a trained model: written so that it can be read, and read so that it is what was trained.

Keras writes the architecture into a ``.keras`` file, and in safe mode reads only what is made of its own parts. A
model with code of the user's own in it (a layer, a Lambda, a class of models) is built anew by its family from its
config, and gets the weights in the file: no code of the file is run, and of the user's only the module that a sweep
imports too.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, TrialError, first_line
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.inputs.texts.tokenizer import Tokenizer
from cnnsearch.networks.archive import archive_problem
from cnnsearch.own_code.source import changes, read_code
from cnnsearch.study.store.temporary import folder_beside
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.contract.answers import Answers
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.devices import import_quietly

if TYPE_CHECKING:
    import keras

__all__ = ["INPUT", "SCALING", "is_stock", "load_model", "save_model", "tokenizer_of", "with_tokenizer"]

INPUT, SCALING = "pictures", "scaling"
"""Names of the layers before every family's network; with the one that its task names after it, a file tells by them
for what its model was built."""

_UNWRITTEN = "OwnFamily"
"""Class name in a file in which Keras could not write the architecture; Keras knows no such class."""


_TOKENIZER = "tokenizer.json"
"""Member of the file of a model of texts, beside those of Keras, which leaves it alone."""


def with_tokenizer(model: keras.Model, tokenizer: Tokenizer | None) -> keras.Model:
    """The model, and what makes tokens of the texts that it takes; ``None``: it takes none."""
    if tokenizer is not None:
        model.tokenizer = tokenizer.content
    return model


def tokenizer_of(path: Path) -> Tokenizer:
    """What makes tokens of the texts that a model takes, from its file.

    Raises:
        InputError: there is none in it.
    """
    problem = archive_problem(path)
    if problem is None:
        with zipfile.ZipFile(path) as archive:
            if _TOKENIZER in archive.namelist():
                return Tokenizer(archive.read(_TOKENIZER).decode())
    raise InputError(Problem(path.name, f"is no model of texts: it has no {_TOKENIZER} in it"))


def save_model(model: keras.Model, path: Path) -> None:
    """Write an exported model: where Keras cannot write its architecture, what building it anew takes and its weights.

    Args:
        model: as :meth:`Trainer.export <cnnsearch.training.trainer.Trainer.export>` gives it.
        path: ends in ``.keras``.

    Raises:
        TrialError: not even its weights can be written.
    """
    try:
        model.save(path)
        if (tokenizer := getattr(model, "tokenizer", None)) is not None:
            with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(_TOKENIZER, tokenizer)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - Keras raises whatever the user's get_config makes it raise
        path.unlink(missing_ok=True)
        try:
            _save_weights(model, path)
        except OSError:
            raise
        except Exception as weights_error:
            raise TrialError(
                f"the model cannot be written: {first_line(error)}; nor can its weights: {first_line(weights_error)}"
            ) from weights_error


def load_model(
    path: Path,
    experiment: Experiment | None = None,
    config: Mapping[str, Any] = MappingProxyType({}),
    code: Mapping[str, str] = MappingProxyType({}),
    permit: Callable[[], None] = lambda: None,
    names: Sequence[str] = (),
) -> keras.Model:
    """A model that :func:`save_model` wrote.

    Args:
        path: of the ``.keras`` file.
        experiment: that it was trained in; left out, it must be readable without its family.
        config: of its trial.
        code: files of the family and their sha256 when it was trained, as ``environment.json`` has them; empty: not
            known.
        permit: called before the family is imported; raises where it must not be.
        names: what its outputs must stand for; left out, any number of outputs.

    Raises:
        InputError: it cannot be read, or must be built anew and its family is not there, has other code now, or gives
            another model; or it does not take pictures and give what its task tells.
    """
    import_quietly()
    import keras

    problem = archive_problem(path)
    if problem is not None:
        raise InputError(Problem(path.name, f"the model cannot be read: {problem}"))
    try:
        loaded: keras.Model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever the file's content makes it raise
        if (
            experiment is None
            or not experiment.family.is_own
            or (built_for := _built_for(path, experiment.predicted)) is None
        ):
            raise InputError(Problem(path.name, f"the model cannot be read: {first_line(error)}")) from error
        permit()
        loaded = _rebuilt(path, *built_for, experiment, config, code)
    takes_texts = experiment is not None and experiment.family.reads_texts
    _check_shapes(loaded, path, (experiment.predicted if experiment else DEFAULT_TASK).answers(names), takes_texts)
    return loaded


def is_stock(path: Path) -> bool:
    """Whether Keras alone can read a file, in safe mode, without the module of the user's family."""
    import_quietly()
    import keras

    if archive_problem(path) is not None:
        return False
    try:
        keras.models.load_model(path, compile=False)
    except Exception:  # noqa: BLE001 - Keras raises whatever the file's content makes it raise
        return False
    return True


def _check_shapes(model: keras.Model, path: Path, answers: Answers, takes_texts: bool = False) -> None:
    """Whether a model takes pictures of one size, or tokens, and gives what its task tells.

    Raises:
        InputError: it does not.
    """
    taken, given = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if not isinstance(taken, tuple) or len(taken) != (2 if takes_texts else 4) or None in taken[1:]:
        rule = "is no model of pictures: it must take (None, height, width, channels)"
        if takes_texts:
            rule = "is no model of texts: it must take (None, length), numbers of tokens"
        raise InputError(Problem(path.name, rule, taken))
    problem = answers.problem(given)
    if problem is not None:
        raise InputError(Problem(path.name, *problem))


def _rebuilt(
    path: Path,
    built_for: tuple[Any, int, Any, Any],
    output: Mapping[str, Any],
    experiment: Experiment,
    config: Mapping[str, Any],
    code: Mapping[str, str],
) -> keras.Model:
    import keras

    family = experiment.model
    has = f"the best model has code of {family} in it, and is built anew by it"
    changed = _changed(experiment, code)
    if changed:
        rule = f"{has}: {', '.join(changed)} since it was trained"
        raise InputError(
            Problem("model", f"{rule}; as it was, the code lies in the study's folder source, call from there")
        )
    try:
        model = find_family(family).build(experiment.filled(config), *built_for, ends=experiment.predicted.ends)
    except TrialError as error:
        hint = "call from the folder of its module, or set PYTHONPATH"
        raise InputError(Problem("model", f"{has}: {error}; {hint}")) from error
    except Exception as error:  # whatever the user's code raises
        rule = f"{has}, which failed: {type(error).__name__}: {first_line(error)}"
        raise InputError(Problem("model", rule)) from error
    whole = keras.Model(model.input, _told(model.output, output, experiment, config), name=model.name)
    try:
        whole.load_weights(path)
    except Exception as error:
        rule = f"{has}, and no longer gives what was trained: {first_line(error)}"
        raise InputError(Problem("model", rule)) from error
    return whole


def _told(
    outputs: keras.KerasTensor, output: Mapping[str, Any], experiment: Experiment, config: Mapping[str, Any]
) -> keras.KerasTensor:
    """What the model tells, by the last layer as its file has it: the head's may have numbers of its data in it."""
    import keras

    if "class_name" not in output:  # a file of before it was written
        return experiment.predicted.head(Outputs(outputs.shape[-1]), experiment.filled(config)).exported(outputs)
    return keras.layers.deserialize({name: output[name] for name in ("module", "class_name", "config")})(outputs)


def _changed(experiment: Experiment, code: Mapping[str, str]) -> list[str]:
    """How the user's own code differs from what was recorded, one file each; nothing where either is not there."""
    for named in (experiment.own_code, {"model": experiment.model}):
        with contextlib.suppress(InputError):  # whoever builds the model is told
            now = read_code(named).digests
            # Where a metric of the user's own is not there, its files cannot be told from those that have gone.
            whole = named == experiment.own_code
            return changes({file: code[file] for file in code if whole or file in now}, now) if code else []
    return []


def _save_weights(model: keras.Model, path: Path) -> None:
    import keras

    scaling = model.get_layer(SCALING)
    output = model.layers[-1]
    placed = [{"args": [{"config": {"shape": [None, model.output_shape[-1]]}}]}]
    layers = [
        {"name": INPUT, "config": {"batch_shape": [None, *model.input_shape[1:]]}},
        {"name": SCALING, "config": {"scale": scaling.scale, "offset": scaling.offset}},
        {"name": output.name, "inbound_nodes": placed, **keras.layers.serialize(output)},
    ]
    described = {"module": None, "class_name": _UNWRITTEN, "registered_name": _UNWRITTEN, "config": {"layers": layers}}
    with folder_beside(path) as folder:
        weights = folder / "model.weights.h5"
        model.save_weights(weights)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": _keras_version()}))
            archive.writestr("config.json", json.dumps(described))
            archive.write(weights, weights.name)


def _built_for(path: Path, task: TaskSpec) -> tuple[tuple[Any, int, Any, Any], dict[str, Any]] | None:
    """Shape of a picture, number of outputs, scale and offset, then the entry of the last layer; ``None`` where the
    file does not tell."""
    try:
        with zipfile.ZipFile(path) as archive:
            described = json.loads(archive.read("config.json"))
        layers = {layer["name"]: layer for layer in described["config"]["layers"]}
        scaling = layers[SCALING]["config"]
        output = layers[task.output]
        width = output["inbound_nodes"][0]["args"][0]["config"]["shape"][-1]
        shape = tuple(layers[INPUT]["config"]["batch_shape"][1:])
        return (shape, width, scaling["scale"], scaling["offset"]), output
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _keras_version() -> str:
    import keras

    return str(keras.__version__)
