"""An exported model, checked: run by its own runtime alone, and set against what was recorded."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.networks.archive import archive_problem
from cnnsearch.serving import bare
from cnnsearch.serving.contract import Contract, Recorded, digest_of_file, read_contract, tolerance_of
from cnnsearch.study.store.temporary import temporary_folder

__all__ = ["Bare", "Check", "check_file", "run_bare", "runtime_problem"]

_LONGEST = 600.0
"""Seconds that a process may take."""

_RUNTIMES = {
    ".keras": ("keras", None),
    ".onnx": ("onnxruntime", "onnx"),
    ".tflite": ("ai_edge_litert", "device"),
    "": ("tensorflow", None),
}
"""Suffix -> the module that runs such a file, and the extra that it comes with."""


@dataclass(frozen=True, eq=False)
class Bare:
    """What a model told in a process of its own.

    Attributes:
        answers: ``(n, ...)``.
        answers_to_texts: the same to strings, of a model that takes them.
        seconds: of one input, each run for itself; empty where nothing was timed.
        idle, peak: bytes of memory before the model was read, and at most.
        runtime: name and version of what ran it.
        modules: those of :data:`bare.KNOWN <cnnsearch.serving.bare.KNOWN>` that were in the process.
    """

    answers: np.ndarray
    answers_to_texts: np.ndarray | None
    seconds: np.ndarray
    idle: int
    peak: int
    runtime: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """What came of a check.

    Attributes:
        runtime: name and version of what ran the model.
        modules: libraries that were in its process.
        count: inputs of the sample.
        differ: of which answers are not what was recorded.
        largest, allowed: the difference that is largest beside what is allowed for that number, and this.
        changed: whether the file is another one than was exported.
        from_float: of a compressed model, the largest difference from the trial's own; else ``None``.
    """

    runtime: str
    modules: tuple[str, ...]
    count: int
    differ: int
    largest: float
    allowed: float
    changed: bool = False
    from_float: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types; a difference without end, as of another shape, is ``None``."""
        largest = self.largest if math.isfinite(self.largest) else None
        return {**asdict(self), "modules": list(self.modules), "largest": largest}

    def in_words(self) -> str:
        """For people, in a line."""
        told = f"{self.differ} of {self.count} answers differ from what was recorded"
        far = f"largest difference {self.largest:.2g}, allowed {self.allowed:.2g}"
        others = "" if self.from_float is None else f"; from the float model up to {self.from_float:.2g}"
        return f"in {self.runtime} alone {told} ({far}{others})"


def check_file(model: Path) -> Check:
    """Run an exported model on the sample beside it.

    Raises:
        InputError: it is not there or cannot be run, its contract cannot be read, or its runtime is not installed.
    """
    if model.suffix not in _RUNTIMES:
        raise InputError(Problem("FILE", "must be what export writes: .keras, .onnx, .tflite or a folder", str(model)))
    if not model.exists():
        raise InputError(Problem("FILE", "is not there", str(model)))
    if problem := runtime_problem(model.suffix):
        raise InputError(Problem("FILE", problem, str(model)))
    if model.suffix == ".keras" and (damage := archive_problem(model)):
        raise InputError(Problem(str(model), f"cannot be read: {damage}"))
    contract, recorded = read_contract(model)
    return _compared(contract, recorded, run_bare(model, recorded.inputs, recorded.texts), digest_of_file(model))


def runtime_problem(suffix: str) -> str:
    """Why files of a suffix cannot be run here; empty: they can."""
    module, extra = _RUNTIMES[suffix]
    if importlib.util.find_spec(module) is not None:
        return ""
    return f"needs {module.replace('_', '-')}" + (f": pip install 'cnnsearch[{extra}]'" if extra else "")


def run_bare(
    model: Path, inputs: np.ndarray, texts: tuple[str, ...] = (), threads: int | None = None, seconds: float = 0.0
) -> Bare:
    """Run a model in a process that has its runtime, and nothing of cnnsearch.

    Args:
        model: file or folder.
        inputs: ``(n, ...)``, at rest.
        texts: that these are of; given to a model that takes strings.
        threads: that compute; left out, all.
        seconds: for which the first input is timed, again and again; 0: not at all.

    Raises:
        InputError: the runtime cannot run it.
    """
    with temporary_folder("bare") as folder:
        given, told = folder / "given.npz", folder / "told.npz"
        np.savez(given, inputs=inputs, **({"texts": np.array(texts)} if texts else {}))  # type: ignore[arg-type]
        command = [sys.executable, "-P", bare.__file__, str(model.resolve()), str(given), str(told)]
        command += [str(threads or os.cpu_count() or 1), str(seconds)]
        try:
            # Elsewhere than in this working directory nothing shadows a library.
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST, cwd=folder, check=False)
        except subprocess.TimeoutExpired:
            raise InputError(Problem(str(model), f"has not answered for {_LONGEST:.0f} s")) from None
        if done.returncode or not told.is_file():
            raise InputError(Problem(str(model), f"cannot be run by its runtime: {_last_line(done)}"))
        return _read(told)


def _last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), f"exit code {done.returncode}")


def _read(told: Path) -> Bare:
    with np.load(told, allow_pickle=False) as arrays:
        said = json.loads(str(arrays["said"]))
        idle, peak = arrays["memory"].tolist()
        of_texts = arrays.get("answers_to_texts")
        seconds = arrays.get("seconds", np.empty(0))
        runtime = f"{said['runtime']} {said['version']}".strip()
        return Bare(arrays["answers"], of_texts, seconds, idle, peak, runtime, tuple(said["modules"]))


def _compared(contract: Contract, recorded: Recorded, told: Bare, digest: str | None) -> Check:
    tolerance = tolerance_of(recorded.answers, contract.sample.relative_tolerance)
    sets = [told.answers] if told.answers_to_texts is None else [told.answers, told.answers_to_texts]
    apart = [_apart(recorded.answers, each, tolerance, contract.tells.ordered) for each in sets]
    differ: np.ndarray = np.logical_or.reduce([differs for differs, _, _ in apart])
    _, largest, allowed = max(apart, key=lambda each: each[1] / each[2] if each[2] else each[1])
    floats = recorded.float_answers
    is_comparable = floats is not None and floats.shape == told.answers.shape
    return Check(
        runtime=told.runtime,
        modules=told.modules,
        count=len(differ),
        differ=int(differ.sum()),
        largest=largest,
        allowed=allowed,
        changed=None not in (contract.digest, digest) and contract.digest != digest,
        from_float=float(np.abs(told.answers - floats).max()) if is_comparable else None,
    )


def _apart(
    recorded: np.ndarray, answers: np.ndarray, tolerance: np.ndarray, ordered: bool
) -> tuple[np.ndarray, float, float]:
    """Which answers differ, ``(n,)``; the difference that is largest beside its tolerance, and that tolerance.

    Rows whose order says nothing, as boxes of nearly the same score, may have changed places.
    """
    if answers.shape != recorded.shape:
        return np.ones(len(recorded), bool), float("inf"), float(tolerance.max())
    rows = recorded.reshape(len(recorded), -1, recorded.shape[-1]).astype(np.float64)
    others = answers.reshape(rows.shape).astype(np.float64)
    if not ordered:
        others = np.stack([_paired(one, other, tolerance) for one, other in zip(rows, others, strict=True)])
    gaps = np.abs(rows - others)
    gaps[np.isnan(gaps)] = np.inf
    differs = np.asarray((gaps > tolerance).any(axis=(1, 2)))
    beside = gaps / np.where(tolerance > 0, tolerance, 1.0)
    worst = np.unravel_index(int(beside.argmax()), beside.shape)
    return differs, float(gaps[worst]), float(tolerance[worst[-1]])


def _paired(rows: np.ndarray, others: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """The other rows in the order of those that they are nearest to, each once."""
    far = (np.abs(rows[:, None] - others[None]) / np.where(tolerance > 0, tolerance, 1.0)).max(axis=-1)
    far[np.isnan(far)] = np.inf
    found = np.empty_like(others)
    left = list(range(len(others)))
    for at in range(len(rows)):
        nearest = min(left, key=lambda other: float(far[at, other]))
        left.remove(nearest)
        found[at] = others[nearest]
    return found
