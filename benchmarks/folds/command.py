"""``python -m benchmarks folds --data PATH``: measure, then write the page."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.folds.page import render

__all__ = ["main"]


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    measured = chosen.output / "measured" / "folds.json"
    if chosen.data is not None:
        missing = [name for name in ("cats_dogs", "weights") if not (chosen.data / name).is_dir()]
        if missing:
            parser.error(f"--data {chosen.data}: has no folder {' and no folder '.join(missing)}")
        found = []
        for repetition in range(chosen.repetitions):
            for folds in (0, 5):  # one beside the other, as a machine is not always alike
                found.append({"repetition": repetition, **_trained(chosen.data.resolve(), folds)})
        measured.parent.mkdir(parents=True, exist_ok=True)
        measured.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    page = chosen.output / "FOLDS.md"
    page.write_text(render(json.loads(measured.read_text(encoding="utf-8"))), encoding="utf-8")
    print(page)


def _trained(data: Path, folds: int) -> dict[str, object]:
    """In a process of its own."""
    command = [sys.executable, "-m", "benchmarks.folds.trials", str(data), str(folds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks folds", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with cats_dogs/ and weights/; left out, only write the page")
    parser.add_argument("--repetitions", type=int, default=3, help="of each side")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
