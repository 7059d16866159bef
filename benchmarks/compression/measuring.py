"""Runs the trial of a set, compresses its model by a command for each group of ways, and keeps a line a model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.compression.sets import CompressedSet
from benchmarks.results import machine_in_words, version_of

__all__ = ["GROUPS", "measure", "read"]

_PACKAGES = ("cnnsearch", "tensorflow", "keras", "ai-edge-litert", "ai-edge-quantizer", "onnxruntime", "numpy")

_SOME = 1
"""Exit code of a command that made some of what it was asked for."""

GROUPS: dict[str, tuple[tuple[str, ...], bool]] = {
    "quantized": (("--quantize", "float16", "--quantize", "dynamic", "--quantize", "int8"), False),
    "pruned": (("--prune", "0.3", "--prune", "0.5", "--prune", "0.7", "--quantize", "int8"), True),
    "aware": (("--quantize", "qat", "--quantize", "onnx-int8"), True),
    "sparse": (("--prune", "0.5", "--prune", "0.8", "--unstructured", "--quantize", "int8"), True),
    "distilled": (("--alone", "--seeds", "5"), False),
}
"""Ways that one command makes -> its options, and whether it trains: the float model is measured beside each group."""


def read(path: Path) -> list[dict[str, Any]]:
    """What was measured, a line a model."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def measure(
    sets: Sequence[CompressedSet],
    groups: Sequence[str],
    data: Path | None,
    path: Path,
    work: Path,
    tell: Callable[[str], None],
) -> None:
    """Each group of each set that is not in ``path`` yet; its lines are added as it ends.

    Args:
        sets, groups: what is measured.
        data: folder of the photographs and weights.
        path: of the lines.
        work: folder of the studies, which are kept.
        tell: told what begins, and what failed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for each in sets:
        for group in groups:
            if (each.groups and group not in each.groups) or (group == "distilled" and not each.student):
                continue
            if any((line["set"], line["group"]) == (each.name, group) for line in read(path)):
                continue
            tell(f"{each.name}: {group}")
            try:
                lines = list(_measured(each, group, data, work))
            except subprocess.CalledProcessError as error:
                tell(f"{each.name}: {group} failed: {error.stderr or error}")
                continue
            with path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)


def _measured(each: CompressedSet, group: str, data: Path | None, work: Path) -> Iterator[dict[str, Any]]:
    from cnnsearch.cli.models.compressed import compressed_as_json
    from cnnsearch.study import Study

    study = _study(each, data, work)
    options, is_trained = GROUPS[group]
    student = ("--distill", each.student) if group == "distilled" else ()
    command = ["compress", str(study), *student, *options, *(each.trained if is_trained else ())]
    begun, load = time.time(), os.getloadavg()[0]
    failed = _compress(command)
    found = Study.load(study)
    made = {each.line.name for each in found.compressed if each.line.time >= begun}
    circumstances = {
        "set": each.name,
        "group": group,
        "command": " ".join(["cnnsearch", "compress", each.name, *command[2:]]),
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "seconds": time.time() - begun,
        "load": round(load, 1),
        "pictures": found.compressed[0].line.count,
        "failed": failed,
        "machine": machine_in_words(),
        "versions": {package: version_of(package) for package in _PACKAGES},
    }
    for row in compressed_as_json(found):
        if row["name"] in made:
            yield {**circumstances, **row}


def _study(each: CompressedSet, data: Path | None, work: Path) -> Path:
    """Of its trial, which is run where it was not yet."""
    folder = work / each.name
    if not (folder / "best").is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True)
        file = work / f"{each.name}.yaml"
        file.write_text(yaml.safe_dump(each.experiment(data), sort_keys=False), encoding="utf-8")
        _cnnsearch(["run", str(file), "--output", str(work), "--quiet"])
    return folder


def _compress(arguments: Sequence[str]) -> list[str]:
    """What could not be made, in words, where others were.

    Raises:
        CalledProcessError: nothing was made.
    """
    try:
        _cnnsearch(arguments)
    except subprocess.CalledProcessError as error:
        if error.returncode != _SOME:
            raise
        return [line for line in error.stderr.splitlines() if " could not be made: " in line]
    return []


def _cnnsearch(arguments: Sequence[str]) -> None:
    """Raises:
    CalledProcessError: it failed; with what it said.
    """
    command = [sys.executable, "-m", "cnnsearch", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
