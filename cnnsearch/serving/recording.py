"""What is recorded beside an exported model: its contract, and what it tells of a sample."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.serving.checked import run_bare
from cnnsearch.serving.contract import EXACT, ROUNDED, Recorded
from cnnsearch.serving.sample import Sample, sample_of_pictures, sample_of_texts, sample_size
from cnnsearch.silence import silence
from cnnsearch.study.environment import package_versions
from cnnsearch.study.winner.compressed import file_at, find_compressed
from cnnsearch.tasks.contract.answers import Located
from cnnsearch.training.model_file import tokenizer_of

if TYPE_CHECKING:
    import keras

    from cnnsearch.study import Study
    from cnnsearch.study.winner.kept_models import KeptModel
    from cnnsearch.tasks.contract.answers import Answers

__all__ = ["record"]

_PACKAGE = "cnnsearch"

_RESIZED: dict[Resizing, str] = {
    "stretch": "stretched to height and width, neither cropped nor padded",
    "letterbox": "made as large as fits into height and width, both sides by one factor and rounded, and padded with "
    "0 around: half of what is left over, rounded down, lies above it or to its left; boxes are of the padded picture",
}
"""How pictures come to the size of the model."""


def record(
    study: Study, kept: KeptModel, model: keras.Model, compressed: str | None = None, network: str | None = None
) -> tuple[Recorded, dict[str, Any]]:
    """A sample with its answers, and what the contract says beside it.

    Args:
        study: that the model is of.
        kept: the model's file.
        model: the same, loaded.
        compressed: name of a compressed model of it, which tells the answers then.
        network: name of the compressed model that it is itself; left out, it is the trial's own.

    Raises:
        InputError: the compressed model cannot be run.
    """
    sample = _sample(study, kept, model)
    answers = floats = np.asarray(model.predict(sample.inputs, verbose=0))
    line = None if compressed is None else find_compressed(study, compressed).line
    taken: dict[str, Any] = {}
    given: dict[str, Any] = {}
    if line is not None:
        with study.store.as_file(file_at(line)) as file:
            answers = run_bare(file, sample.inputs).answers
            taken, given = _in_integers(file) if line.way.get("io") == "int8" else ({}, {})
    recorded = Recorded(sample.inputs, answers, None if compressed is None else floats, sample.texts)
    meaning = study.experiment.predicted.answers(study.names, kept.metrics)
    told = {
        "written_by": f"cnnsearch {package_versions([_PACKAGE])[_PACKAGE]}",
        "study": study.name,
        "task": study.experiment.task,
        "compressed": compressed or network,
        "takes": {**_takes(study, model), **taken},
        "tells": {**_tells(study, meaning, floats), **given},
        "sample": {
            "count": len(sample.inputs),
            "kept_by_the_study": sample.kept,
            "relative_tolerance": EXACT if line is None or "quantize" not in line.way else ROUNDED,
        },
    }
    return recorded, told


def _in_integers(file: Path) -> Iterator[dict[str, Any]]:
    """Of what a ``.tflite`` file takes, and of what it tells: dtype, and how its integers come of numbers.

    The sample has the numbers.
    """
    with silence():
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(file))
    for (end,) in (interpreter.get_input_details(), interpreter.get_output_details()):
        scale, zero = end["quantization"]
        integers = {"scale": float(scale), "zero": int(zero), "integer": "round(number / scale) + zero"}
        yield {"dtype": np.dtype(end["dtype"]).name, "integers": integers}


def _sample(study: Study, kept: KeptModel, model: keras.Model) -> Sample:
    numbers = (math.prod(side or 1 for side in shape[1:]) for shape in (model.input_shape, model.output_shape))
    half = sample_size(4.0 * sum(numbers))
    if study.experiment.family.reads_texts:
        return sample_of_texts(study, tokenizer_of(kept.path), half)
    height, width, channels = model.input_shape[1:]
    return sample_of_pictures(study, (height, width, channels), half)


def _takes(study: Study, model: keras.Model) -> dict[str, Any]:
    taken = {"shape": list(model.input_shape[1:]), "dtype": str(model.inputs[0].dtype)}
    if study.experiment.family.reads_texts:
        return {"what": "numbers of tokens, which the tokenizer beside the model makes of a text", **taken}
    return {
        "what": "a picture: height, width, channels",
        **taken,
        "values": ValueRange.recorded(study.environment.get("dataset", {})).to_dict(),
        "upright": "turned as its EXIF data says",
        "transparent": "on white",
        "resized": _RESIZED[study.experiment.dataset.resizing or "stretch"],
        "filter": "bilinear, which averages where it shrinks (Pillow's BILINEAR)",
        "jpeg": getattr(study.experiment.dataset, "decoding", "full"),
    }


def _tells(study: Study, meaning: Answers, outputs: np.ndarray) -> dict[str, Any]:
    return {
        "names": list(study.names),
        "shape": list(outputs.shape[1:]),
        "dtype": str(outputs.dtype),
        "decided_by": meaning.decided,
        # Boxes of nearly the same score may change places in another runtime.
        "ordered": not isinstance(meaning.of(outputs[0]), Located),
    }
