"""Checkpoint: where a trial stands between two epochs, so that another process goes on to the same bits."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.unzipping import sizes_problem

__all__ = ["Checkpoint"]

FORMAT = 1
"""Version of the content."""

_STATE = "state"


@dataclass(frozen=True)
class Checkpoint:
    """What a trainer needs to go on. Nothing in it is code: it is read without unpickling.

    Attributes:
        state: of JSON types; the trainer's own.
        arrays: by name: variables of model and optimizer, weights of the best epoch, what its predictions are made of.
    """

    state: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    def listed(self, prefix: str) -> list[np.ndarray]:
        """The arrays named ``prefix/0``, ``prefix/1`` ..."""
        return [self.arrays[f"{prefix}/{index}"] for index in range(_count(prefix, self.arrays))]

    @property
    def single(self) -> dict[str, np.ndarray]:
        """The arrays that are in no list."""
        return {name: array for name, array in self.arrays.items() if "/" not in name}

    def taking_over(self, other: Checkpoint) -> Checkpoint:
        """Where another trial stands after as many epochs, for this one to go on with.

        Weights, optimizer, phase and the scores that patience goes by are the other's; what time it took is this one's.
        No epoch so far counts: those that were told were of other weights, and of another config.
        """
        begun = {"since": len(other.state["epochs"]), "best": 0, "best_score": -math.inf}
        theirs = {key: other.state[key] for key in ("phase", "epochs", "features")}
        arrays = {name: array for name, array in other.arrays.items() if name.startswith("variables/")}
        return Checkpoint({**self.state, **theirs, "best_phase": theirs["phase"], **begun}, arrays)

    def to_bytes(self) -> bytes:
        """As a NumPy archive."""
        stream = io.BytesIO()
        text = json.dumps({"format": FORMAT, **self.state})
        np.savez(stream, **{_STATE: np.array(text), **self.arrays})  # type: ignore[arg-type]
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Checkpoint | None:
        """The inverse of :meth:`to_bytes`; ``None`` where it is torn, or of another version."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sizes_problem(archive, len(content)) is not None:
                    return None
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            state = json.loads(str(arrays.pop(_STATE)))
            return cls(state, arrays) if state["format"] == FORMAT else None
        except Exception:  # noqa: BLE001 - whatever a damaged zip or header makes its reader raise
            return None


def named(prefix: str, arrays: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """``prefix/0``, ``prefix/1`` ... -> array."""
    return {f"{prefix}/{index}": array for index, array in enumerate(arrays)}


def _count(prefix: str, names: Mapping[str, Any]) -> int:
    return sum(name.startswith(f"{prefix}/") for name in names)
