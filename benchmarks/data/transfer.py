"""``search_spaces/transfer_mobilenet.yaml``, run twice with one cache: what the second run need not compute."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["WEIGHTS", "features_of", "searched"]

_FILE = Path("search_spaces/transfer_mobilenet.yaml")

WEIGHTS = Path("weights/mobilenet_0.25_imagenet_no_top.h5")
"""Of its backbone, in the folder that ``--data`` names."""


def searched(folder: Path, weights: Path, side: int, cache: Path, work: Path) -> dict[str, Any]:
    """Seconds of the whole command; how often features were computed in it, and seconds that this or reading them took.

    Args:
        folder: a class directory.
        weights: of the backbone.
        side: of the pictures.
        cache: that both runs have.
        work: for the study.
    """
    work.mkdir(parents=True)
    command = [sys.executable, "-m", "cnnsearch", "run", str(_FILE), "--quiet", "--output", str(work), "--cache"]
    command += [str(cache), "--set", f"dataset.path={folder}", "--set", f"space.weights={weights}"]
    command += ["--set", f"dataset.image_size={side}"]
    log = work / "log"
    started = time.perf_counter()
    with log.open("w") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(log.read_text(errors="replace")[-4000:])
    found = features_of(work / "transfer-mobilenet")
    spent = sum(each["seconds"] for each in found)
    return {"seconds": seconds, "computed": sum(each["misses"] for each in found), "features_seconds": spent}


def features_of(study: Path) -> list[dict[str, Any]]:
    """What became of each frozen prefix of a study."""
    stages = json.loads((study / "stages.json").read_text(encoding="utf-8"))
    return [each for each in stages if each["stage"] == "features"]
