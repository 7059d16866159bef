"""The contract of an exported model: what it takes, what it tells, and a sample of both by which it can be checked.

It lies beside the model: ``TARGET.contract.json``, and ``TARGET.sample.npz``.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import json_text
from cnnsearch.study.store.atomic import write_atomic

__all__ = [
    "EXACT",
    "ROUNDED",
    "Contract",
    "Recorded",
    "contract_at",
    "digest_of_file",
    "read_contract",
    "sample_at",
    "tolerance_of",
    "write_contract",
]

FORMAT = 1

EXACT, ROUNDED = 1e-3, 0.02
"""How far answers may be from what was recorded, relative to the range of each number over the sample: another runtime
adds up in another order. Where numbers are rounded to 256 levels, by a few of these."""

_SMALL = 0.1
"""Of the largest range: a number that hardly varies may be as far off as others by a tenth."""

_EPSILONS = 64
"""Of the largest value: what arithmetic itself leaves open."""


class _Given(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    shape: tuple[int, ...]
    dtype: str


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    names: tuple[str, ...]
    shape: tuple[int, ...]
    ordered: bool = True


class _Sampled(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    file: str
    sha256: str
    relative_tolerance: Annotated[float, Field(gt=0)]


class Contract(BaseModel):
    """As the file has it; keys that are told for people alone are kept as they are.

    Attributes:
        format: of this file.
        takes: shape and dtype of one input, of pictures also their values, and how a picture becomes one.
        tells: names and shape of one answer, whether the order of its rows says something, and what decides.
        sample: the file with the sample, its digest, and how far answers may be from it.
        digest: sha256 of the model; of a folder there is none.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    format: Literal[1]
    takes: _Given
    tells: _Told
    sample: _Sampled
    digest: str | None = None


@dataclass(frozen=True, eq=False)
class Recorded:
    """A sample with its answers.

    Attributes:
        inputs: ``(n, ...)``.
        answers: ``(n, ...)``, of the trial's model; of a compressed one its own, as the interpreter told them.
        float_answers: of a compressed one those of the trial's model.
        texts: that the inputs are of.
    """

    inputs: np.ndarray
    answers: np.ndarray
    float_answers: np.ndarray | None = None
    texts: tuple[str, ...] = ()

    def content(self) -> bytes:
        """An ``.npz`` file."""
        stream = io.BytesIO()
        arrays = {name: np.array(value) for name, value in asdict(self).items() if value is not None and len(value)}
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # of its allow_pickle
        return stream.getvalue()


def contract_at(model: Path) -> Path:
    """Where the contract of an exported model lies."""
    return model.with_suffix(".contract.json")


def sample_at(model: Path) -> Path:
    """Where its sample lies."""
    return model.with_suffix(".sample.npz")


def write_contract(model: Path, told: Mapping[str, Any], recorded: Recorded) -> None:
    """Write the contract of a model that was written, and its sample.

    Args:
        model: file or folder.
        told: what a :class:`Contract` has beside the digests and the name of its sample.
        recorded: the sample.
    """
    content = recorded.content()
    sample = {"file": sample_at(model).name, "sha256": hashlib.sha256(content).hexdigest(), **told["sample"]}
    written = {"format": FORMAT, "digest": digest_of_file(model), **told, "sample": sample}
    write_atomic(sample_at(model), content)
    write_atomic(contract_at(model), json_text(written, indent=2) + "\n")


def digest_of_file(model: Path) -> str | None:
    """sha256 of a model; ``None`` of a folder."""
    return hashlib.sha256(model.read_bytes()).hexdigest() if model.is_file() else None


def read_contract(model: Path) -> tuple[Contract, Recorded]:
    """The contract of an exported model, and its sample.

    Raises:
        InputError: one of both is not there, damaged, or of something else.
    """
    path = contract_at(model)
    try:
        contract = Contract.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        rule = "is not there: a model is checked by what `cnnsearch export` writes beside it"
        raise InputError(Problem(str(path), rule)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(Problem(str(path), f"is no contract of an exported model: {_reason(error)}")) from None
    return contract, _read_sample(sample_at(model), contract)


def _read_sample(path: Path, contract: Contract) -> Recorded:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != contract.sample.sha256:
            raise InputError(Problem(str(path), "is not the sample that was recorded: its digest is another"))
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            texts = tuple(arrays["texts"].tolist()) if "texts" in arrays else ()
            return Recorded(arrays["inputs"], arrays["answers"], arrays.get("float_answers"), texts)
    except FileNotFoundError:
        raise InputError(Problem(str(path), "is not there, and a model is checked by it")) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Problem(str(path), f"cannot be read: {_reason(error)}")) from None


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    return " ".join(str(error).split())[:200] or type(error).__name__


def tolerance_of(answers: np.ndarray, relative: float) -> np.ndarray:
    """How far each number of an answer may be off, ``(columns,)``, by the last axis of ``answers``."""
    columns = answers.reshape(-1, answers.shape[-1]).astype(np.float64)
    ranges, largest = np.ptp(columns, axis=0), np.abs(columns).max(axis=0)
    kind = answers.dtype if answers.dtype.kind == "f" else np.dtype(np.float32)
    floor = _EPSILONS * float(np.finfo(kind).eps) * largest
    found: np.ndarray = np.maximum(np.maximum(relative * ranges, relative * _SMALL * ranges.max()), floor)
    return found
