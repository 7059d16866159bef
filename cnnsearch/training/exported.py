"""The best model of a study, copied out of it in the format that whoever serves it needs."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.study import Study
from cnnsearch.study.best_model import open_best
from cnnsearch.study.store.atomic import write_atomic
from cnnsearch.training.devices import import_quietly

__all__ = ["FORMATS", "export_best"]

FORMATS = {".keras": "keras", ".onnx": "onnx", ".tflite": "litert", "": "tf_saved_model"}
"""Suffix of the target -> Keras's name of the format; without a suffix it is the folder of a SavedModel."""


def export_best(study: Study, target: Path) -> tuple[Path, Path]:
    """Write the best model to ``target`` and its class names, in the order of its probabilities, beside it.

    A ``.keras`` file is a copy; the other formats are converted by Keras.

    Args:
        study: with a best model.
        target: file or folder whose suffix is one of :data:`FORMATS`; nothing is overwritten.

    Returns:
        ``target``, and the file of the labels, ``TARGET.labels.json`` without the suffix of the target.

    Raises:
        InputError: there is no best model, ``best/`` holds another one, the suffix is unknown, something is there
            already, a package is missing, or the target cannot be written.
    """
    labels = target.with_suffix(".labels.json")
    _check(target, labels)
    try:
        with open_best(study) as (path, _):
            if target.suffix == ".keras":
                shutil.copyfile(path, target)
            else:
                _convert(path, target)
        write_atomic(labels, json.dumps(study.classes, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(Problem("-o", f"cannot write the model: {error.strerror or error}", str(target))) from None
    return target, labels


def _check(target: Path, labels: Path) -> None:
    if target.suffix not in FORMATS:
        rule = "must end in .keras, .onnx or .tflite, or be the name of a new folder, for a SavedModel"
        raise InputError(Problem("-o", rule, str(target)))
    for path in (target, labels):
        if path.exists():
            raise InputError(Problem("-o", "is there already, and nothing is overwritten", str(path)))
    if not target.parent.is_dir():
        raise InputError(Problem("-o", "must lie in a folder that is there", str(target)))
    if target.suffix == ".onnx" and importlib.util.find_spec("tf2onnx") is None:
        raise InputError(Problem("-o", "ONNX needs tf2onnx: pip install 'cnnsearch[onnx]'", str(target)))


def _convert(model: Path, target: Path) -> None:
    import_quietly()
    import keras

    loaded = keras.models.load_model(model)
    loaded(np.zeros((1, *loaded.input_shape[1:]), np.float32))  # Keras converts to ONNX only what has been called
    # Converters leave a part behind where they fail: only what is whole gets the name.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters, about themselves
        written = Path(folder) / (target.name or "model")
        loaded.export(str(written), format=FORMATS[target.suffix], verbose=False)
        os.replace(written, target)
