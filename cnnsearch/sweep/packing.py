"""Packing: everything that a sweep needs on a cluster which does not see this machine's files, in one folder."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cnnsearch
from cnnsearch.catalog.backbones import STUDY_PREFIX, weights_file
from cnnsearch.catalog.sources import CsvSource
from cnnsearch.data.sources.tables import list_csv
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.models.own import find_own
from cnnsearch.sweep.weights import check_best, with_absolute_weights

__all__ = ["EXPERIMENT", "Packed", "pack"]

EXPERIMENT = "experiment.yaml"

_SHARED = "put the data on storage that every node sees, and name its folder by --shared"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


@dataclass(frozen=True)
class Packed:
    """What was put into the folder.

    Attributes:
        files: what, in words, for whoever submits it.
        bytes: all together.
    """

    files: tuple[str, ...]
    bytes: int


def pack(experiment: Experiment, folder: Path, shared: Sequence[Path], results: Path, most_bytes: int) -> Packed:
    """Write experiment, code and data into ``folder``, from which ``cnnsearch run`` finds all of it.

    What lies below a ``shared`` folder, or is not on this machine, keeps its path: the cluster sees it there.

    Args:
        experiment: what will run; relative paths in it are relative to the working directory.
        folder: empty.
        shared: folders that every node of the cluster sees under the same path.
        results: folder of the studies on this machine, in which ``study:NAME`` is looked for.
        most_bytes: that Ray takes.

    Raises:
        InputError: something that is named is missing, or all together is too large to be sent.
    """
    roots = [path.expanduser().resolve() for path in shared]
    files = ["cnnsearch"]
    shutil.copytree(Path(cnnsearch.__file__).parent, folder / "cnnsearch", ignore=_LEFT_OUT)
    if ":" in experiment.model:
        files += list(_own_modules(experiment.model, folder))
    changes: dict[str, Any] = {}
    path = getattr(experiment.dataset, "path", None)
    if path is not None:
        source = Path(path).expanduser().resolve()
        if not source.exists() or _is_below(source, roots):
            changes["dataset.path"] = str(source)
        else:
            _check_size(_size(source), most_bytes, path)
            changes["dataset.path"] = _data(experiment, source, folder, roots)
            files.append(f"data {path}")
    experiment = with_absolute_weights(experiment, results)
    weights, named = _weights(experiment, folder, roots)
    files += [f"weights {name}" for name in named]
    if weights is not None:
        changes["space.weights"] = weights
    (folder / EXPERIMENT).write_text(experiment.updated(changes).to_yaml(), encoding="utf-8")
    total = _size(folder)
    _check_size(total, most_bytes, path)
    _check_names(folder)
    return Packed(tuple(files), total)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _check_size(total: int, most_bytes: int, path: object) -> None:
    if total > most_bytes:
        rule = f"{total / 2**20:.0f} MB are to be sent, and Ray takes {most_bytes / 2**20:.0f}"
        raise InputError(Problem("dataset.path", f"{rule}: {_SHARED}", path))


def _check_names(folder: Path) -> None:
    """Whether Ray can put all that is to be sent into its zip file."""
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        try:
            name.encode()
        except UnicodeEncodeError:
            rule = "holds a file whose name is no UTF-8, which Ray cannot send"
            raise InputError(Problem("dataset.path", f"{rule}: {_SHARED}", name)) from None


def _is_below(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.is_relative_to(root) for root in roots)


def _own_modules(family: str, folder: Path) -> Iterator[str]:
    """The user's module, and those beside it that it imports."""
    root = Path(find_own(family))
    waiting, seen = [family.partition(":")[0].partition(".")[0]], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name == "cnnsearch":
            continue
        seen.add(name)
        if (root / name / "__init__.py").is_file():
            shutil.copytree(root / name, folder / name, ignore=_LEFT_OUT)
            sources = list((root / name).rglob("*.py"))
        elif (root / f"{name}.py").is_file():
            shutil.copy(root / f"{name}.py", folder)
            sources = [root / f"{name}.py"]
        else:
            continue  # a library, which the cluster has
        yield f"module {name}"
        for source in sources:
            waiting += _imported(source)


def _imported(source: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module.partition(".")[0])
    return names


def _data(experiment: Experiment, source: Path, folder: Path, roots: Sequence[Path]) -> str:
    """Copy the data; its path in the package."""
    target = Path("data") / source.name
    (folder / "data").mkdir()
    if source.is_dir():
        shutil.copytree(source, folder / target)
        return str(target)
    shutil.copy(source, folder / target)
    dataset = experiment.dataset
    if isinstance(dataset, CsvSource):
        for picture in list_csv(
            str(source), dataset.path_column, dataset.label_column, "dataset.path", dataset.split_column
        ).files:
            within = os.path.relpath(picture.path, source.parent)
            if _is_below(picture.path, roots) or not picture.path.is_file():
                continue
            if within.startswith("..") or Path(picture.name).is_absolute():
                rule = "names a picture outside of its own folder, which is not packed: name that folder by --shared"
                raise InputError(Problem("dataset.path", rule, picture.name))
            (folder / "data" / within).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture.path, folder / "data" / within)
    return str(target)


def _weights(experiment: Experiment, folder: Path, roots: Sequence[Path]) -> tuple[Any, list[str]]:
    """Copy files of weights; the parameter with their paths in the package, or ``None`` where nothing changes."""
    if experiment.model != "transfer" or "weights" not in experiment.space:
        return None, []
    given = experiment.space.to_dict()["weights"]
    named: list[str] = []

    def placed(value: str) -> str:
        path = weights_file(value)
        if path is None or not path.is_file() or _is_below(path, roots):
            return value
        if value.startswith(STUDY_PREFIX):
            check_best(value)
        target = Path("weights") / f"{len(named)}{path.suffix}"
        (folder / "weights").mkdir(exist_ok=True)
        shutil.copy(path, folder / target)
        named.append(value)
        return str(target)

    if isinstance(given, dict):
        return {**given, "choice": [placed(value) for value in given["choice"]]}, named
    return placed(given), named
