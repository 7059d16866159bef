"""A model of a study, copied out of it in the format that whoever serves it needs."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, unwritten
from cnnsearch.escaping import json_text
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.serving.checked import runtime_problem
from cnnsearch.serving.contract import contract_at, sample_at, write_contract
from cnnsearch.serving.onnx_files import label_onnx, write_onnx
from cnnsearch.serving.recording import record
from cnnsearch.serving.string_model import export_of_strings
from cnnsearch.study import Study
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.store.atomic import write_atomic
from cnnsearch.study.store.temporary import folder_beside
from cnnsearch.study.winner.compressed import file_at, find_compressed
from cnnsearch.study.winner.kept_models import KeptModel, open_kept
from cnnsearch.training.model_file import is_stock, load_model, tokenizer_of

if TYPE_CHECKING:
    import keras

__all__ = ["FORMATS", "export_best", "told_inside"]

FORMATS = {".keras": "keras", ".onnx": "onnx", ".tflite": "litert", "": "tf_saved_model"}
"""Suffix of the target -> Keras's name of the format; without a suffix it is the folder of a SavedModel."""


def export_best(
    study: Study, target: Path, ask: Ask = never, trial: int | None = None, compressed: str | None = None
) -> tuple[Path, ...]:
    """Write the best model to ``target``, and beside it the names of its outputs, in their order, the values that its
    pictures must have, and its contract with a sample by which it can be checked (:mod:`cnnsearch.serving.contract`).

    A ``.keras`` file is a copy; the other formats are converted by Keras. An ONNX file tells the same in its metadata,
    as ``cnnsearch.labels`` and ``cnnsearch.values``, and a SavedModel in its folder ``assets.extra``.

    Args:
        study: with a best model.
        target: file or folder whose suffix is one of :data:`FORMATS`; nothing is overwritten.
        ask: whether the model's code of a study that somebody else made may be imported.
        trial: of the front of several objectives, whose model is written; left out, the best one's.
        compressed: name of a compressed model of the best one, whose ``.tflite`` or ``.onnx`` file is copied; of one
            that was built anew its Keras model can be written as all others; left out, the float model.

    Returns:
        ``target``, and the files ``TARGET.labels.json``, ``TARGET.values.json`` (of texts ``TARGET.tokenizer.json``,
        by which the library ``tokenizers`` makes the numbers of tokens that the model takes), and where the task
        decides by numbers of the study, as thresholds, ``TARGET.decision.json``; then ``TARGET.contract.json`` and
        ``TARGET.sample.npz``; each without the suffix of the target.

    Raises:
        InputError: there is no best model, the trial has none in the study, ``best/`` holds another one, the suffix is
            unknown, something is there already, a package is missing, the target cannot be written, or the model cannot
            be read; see :func:`~cnnsearch.training.model_file.load_model`.
        StorageError: the target's disk is full.
    """
    labels, values, decision = (target.with_suffix(f".{name}.json") for name in ("labels", _told_of(study), "decision"))
    network = None
    try:
        if compressed is not None and find_compressed(study, compressed).line.suffix != target.suffix:
            network, compressed = compressed, None
        with open_kept(study, trial, network) as kept:
            decided = study.experiment.predicted.answers(study.names, kept.metrics).decided
            beside = (labels, values, *((decision,) if decided else ()), contract_at(target), sample_at(target))
            _check(target, *beside)
            if compressed is None and target.suffix == ".keras":
                _check_readable(study, kept.path, target)
            content = None if compressed is None else _compressed(study, compressed)
            loaded = _loaded(study, kept, ask)
            recorded, told = record(study, kept, loaded, compressed, network)
            if content is not None:
                write_atomic(target, content)
            elif target.suffix == ".keras":
                shutil.copyfile(kept.path, target)
            else:
                _convert(loaded, study, kept, target)
            taken = _taken(study, kept.path)
        write_atomic(labels, json_text(study.names, indent=2) + "\n")
        write_atomic(values, json_text(taken, indent=2) + "\n")
        if decided:
            write_atomic(decision, json_text(decided, indent=2) + "\n")
        write_contract(target, told, recorded)
    except OSError as error:
        problem = Problem("-o", f"cannot write the model: {error.strerror or error}", str(target))
        raise unwritten(problem, error) from None
    return target, *beside


def _compressed(study: Study, name: str) -> bytes:
    """The file of a compressed model.

    Raises:
        InputError: there is none, or its content has changed.
    """
    found = find_compressed(study, name)
    if problem := runtime_problem(found.line.suffix):
        raise InputError(Problem("--compressed", f"what it tells is recorded beside it, which {problem}", name))
    content = study.store.read(file_at(found.line))
    if hashlib.sha256(content).hexdigest() != found.line.file:
        rule = "is not the file that was measured: its digest is another; compress the model again"
        raise InputError(Problem(study.store.at(file_at(found.line)), rule))
    return content


def _check(target: Path, *beside: Path) -> None:
    if target.suffix not in FORMATS:
        rule = "must end in .keras, .onnx or .tflite, or be the name of a new folder, for a SavedModel"
        raise InputError(Problem("-o", rule, str(target)))
    for path in (target, *beside):
        if path.exists():
            raise InputError(
                Problem("-o", "is there already, and nothing is overwritten; name another file", str(path))
            )
    if not target.parent.is_dir():
        raise InputError(Problem("-o", "must lie in a folder that is there", str(target)))
    if target.suffix == ".onnx" and importlib.util.find_spec("tf2onnx") is None:
        raise InputError(Problem("-o", "ONNX needs tf2onnx: pip install 'cnnsearch[onnx]'", str(target)))


def _check_readable(study: Study, model: Path, target: Path) -> None:
    if ":" in study.experiment.model and not is_stock(model):
        rule = (
            f"Keras alone cannot read a .keras file of this model, which has code of {study.experiment.model} in it: "
            "export .onnx, .tflite or a folder (SavedModel), which need no code"
        )
        raise InputError(Problem("-o", rule, str(target)))


def _loaded(study: Study, kept: KeptModel, ask: Ask) -> keras.Model:
    code = study.environment.get("code", {})
    return load_model(kept.path, study.experiment, kept.config, code, model_permit(study, ask), study.names)


def _convert(loaded: keras.Model, study: Study, kept: KeptModel, target: Path) -> None:
    if target.suffix == ".tflite" and any(layer.compute_dtype == "float64" for layer in loaded.layers):
        rule = "the model tells numbers in float64, which LiteRT cannot compute: export .onnx, or a folder (SavedModel)"
        raise InputError(Problem("-o", rule, str(target)))
    # Converters leave a part behind where they fail: only what is whole gets the name.
    with folder_beside(target) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters, about themselves
        written = folder / (target.name or "model")
        try:
            _write(loaded, written, study, kept.path)
        except OSError:
            raise
        except Exception as error:  # whatever a converter makes of what it does not know
            what = " ".join(str(error).split())[:300] or type(error).__name__
            rule = f"the model cannot be written as {FORMATS[target.suffix]}: {what}"
            raise InputError(Problem("-o", rule, str(target))) from error
        _label(written, target.suffix, told_inside(study, kept.path))
        os.replace(written, target)


def _write(model: keras.Model, target: Path, study: Study, source: Path) -> None:
    """A SavedModel of words takes strings; all else takes what the model takes."""
    tokenizer = tokenizer_of(source) if study.experiment.family.reads_texts else None
    if tokenizer is not None and tokenizer.is_of_words and not target.suffix:
        export_of_strings(model, tokenizer, target)
    elif target.suffix == ".onnx":
        write_onnx(model, target)
    else:
        model.export(str(target), format=FORMATS[target.suffix], verbose=False)


def _label(written: Path, suffix: str, told: Mapping[str, Any]) -> None:
    """Put what a user of the model must know where its format has a place for it; each by its name, as JSON."""
    if suffix == ".onnx":
        label_onnx(written, told)
    elif not suffix:
        (written / "assets.extra").mkdir()
        for name, value in told.items():
            (written / "assets.extra" / f"{name}.json").write_text(json_text(value, indent=2) + "\n", "utf-8")


def told_inside(study: Study, model: Path) -> dict[str, Any]:
    """What a user of a model must know, by names: of what its outputs are, and of what it takes.

    Args:
        study: of the model.
        model: its ``.keras`` file.
    """
    return {"labels": study.names, _told_of(study): _taken(study, model)}


def _told_of(study: Study) -> str:
    return "tokenizer" if study.experiment.family.reads_texts else "values"


def _taken(study: Study, model: Path) -> Any:
    """What must be known of what goes into the model: the values of pictures, or what makes tokens of texts."""
    if study.experiment.family.reads_texts:
        return json.loads(tokenizer_of(model).content)
    return ValueRange.recorded(study.environment.get("dataset", {})).to_dict()
