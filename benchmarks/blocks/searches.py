"""One search: an experiment file on pictures, epochs and trials that are the same for all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fashion import fashion_file

__all__ = ["SIDES", "measured"]

SIDES = {
    "cnn": "fashion_mnist_cnn.yaml",
    "blocks": "fashion_mnist_blocks.yaml",
    "vit": "fashion_mnist_vit.yaml",
}
"""Name of a side -> file in ``search_spaces/``, the plain networks first."""

_FILES = Path("search_spaces")


def measured(side: str, pictures: int, epochs: int, trials: int, seed: int, work: Path) -> dict[str, Any]:
    """A line of the record; among its numbers the places of the test pictures that the shipped model tells wrong.

    A search that was interrupted goes on where its study is, and one that is complete is only read.

    Args:
        side: one of :data:`SIDES`.
        pictures: for training and validation, the first ones of Fashion-MNIST's training split.
        epochs: of a full trial; an epoch is one pass.
        trials: of the search.
        seed: of splits, search and weights.
        work: folder of the study and of the pictures.

    Raises:
        RuntimeError: the search failed; with the last lines of what it printed.
    """
    from cnnsearch.study import Study

    name = f"{side}-{pictures}-{epochs}-{trials}-{seed}"
    keys = {
        "name": name,
        "dataset": {"source": "npz", "path": str(fashion_file(pictures, work)), "validation": 0.2},
        "passes": 1,
        "early_stopping": None,
        "epochs": epochs,
        "budget": {"trials": trials},
        "seed": seed,
    }
    if (work / name / "completed.json").is_file():
        pass
    elif (work / name / "experiment.yaml").is_file():
        _cnnsearch(["resume", str(work / name), "--quiet"], {})
    else:
        _cnnsearch(["run", str(_FILES / SIDES[side]), "--output", str(work), "--workers", "1", "--quiet"], keys)
    study = Study.load(work / name)
    told, best = study.test_predictions, study.best
    if told is None or best is None:
        raise RuntimeError(f"{work / name} has no predictions of the test split")
    return {
        "side": side,
        "pictures": pictures,
        "epochs": epochs,
        "trials": trials,
        "seed": seed,
        "began": study.environment["started"],
        "minutes": round(study.seconds / 60, 1),
        "ended": {state: count for state, count in study.counts.items() if count},
        "trained_epochs": len(study.epochs),
        "validation": best.value,
        "parameters": int(next(line.cost["parameters"] for line in study.records if line.trial == best.trial)),
        "config": dict(best.config),
        "test": study.test_reads[-1].metrics["accuracy"],
        "wrong": np.flatnonzero(~told.right).tolist(),
    }


def _cnnsearch(arguments: list[str], keys: Mapping[str, Any]) -> None:
    told = [part for key, value in keys.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    command = [sys.executable, "-m", "cnnsearch", *arguments, *told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"cnnsearch {' '.join(command[3:])} ended with {done.returncode}:\n{done.stderr[-2000:]}")
