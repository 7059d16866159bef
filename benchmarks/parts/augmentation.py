"""Augmentation against Keras's layers. ``python -m benchmarks.parts.augmentation THREADS REPETITIONS OUT`` measures."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.augmentation import BATCH, CALLS, CHANNELS, SIDE, STRENGTH, Row, as_markdown, run
from benchmarks.harness import run_module
from benchmarks.parts.part import Part

__all__ = ["AUGMENTATION"]

_THREADS = 1


def measure(repetitions: int, quick: bool) -> dict[str, Any]:
    """In a process of its own, since TensorFlow's threads are set when it is imported."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.json"
        count = 1 if quick else 3 * repetitions
        run_module(["benchmarks.parts.augmentation", str(_THREADS), str(count), str(out)], "augmentation")
        return {"threads": _THREADS, "repetitions": count, "rows": json.loads(out.read_text(encoding="utf-8"))}


def render(figures: dict[str, Any]) -> str:
    rows = [Row(row["parts"], row["target"], tuple(row["ours"]), tuple(row["keras"])) for row in figures["rows"]]
    return (
        f"A batch of {BATCH} pictures of {SIDE}x{SIDE}x{CHANNELS}, both sides in a compiled function, threads: "
        f"{figures['threads']}, strength {STRENGTH:g}; median and range of repetitions of {CALLS} calls: "
        f"{figures['repetitions']}.\n\n{as_markdown(rows)}"
    )


AUGMENTATION = Part("augmentation", "Augmentation", measure, render)

if __name__ == "__main__":
    measured = [dataclasses.asdict(row) for row in run(int(sys.argv[1]), repetitions=int(sys.argv[2]))]
    Path(sys.argv[3]).write_text(json.dumps(measured), encoding="utf-8")
