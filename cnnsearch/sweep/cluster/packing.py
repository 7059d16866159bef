"""Packing: everything that a sweep needs on a cluster which does not see this machine's files, in one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import cnnsearch
from cnnsearch.data.checks.spec import DROP
from cnnsearch.data.left_out import LeftOut, Leftovers
from cnnsearch.data.sources.spec import NpzSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.numbers import plural
from cnnsearch.own_code.source import Module, OwnCode, code_of
from cnnsearch.sweep.cluster.packed_data import data_files, is_below

__all__ = ["EXPERIMENT", "Packed", "pack"]

EXPERIMENT = "experiment.yaml"

_SHARED = "put the data on storage that every node sees, and name its folder by --shared"
_OF_THE_PACKAGE = (".py", ".typed", ".jinja", ".css", ".js")
"""Suffixes of the files of this package: whoever works on it may have others in its folder."""


@dataclass(frozen=True)
class Packed:
    """What was put into the folder.

    Attributes:
        files: what, in words, for whoever submits it.
        count: of files.
        bytes: all together.
        left_out: what lies beside the files of data and packages, and is not sent.
    """

    files: tuple[str, ...]
    count: int
    bytes: int
    left_out: tuple[LeftOut, ...] = ()


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
        InputError: something that is named is missing, is of texts, or all together is too large to be sent.
    """
    roots = [path.expanduser().resolve() for path in shared]
    files = ["cnnsearch"]
    left: list[LeftOut] = []
    code = code_of(experiment.own_code)
    if code is not None:
        modules, beside = _own_modules(experiment.own_code, code)
        for file, module in modules.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(module.content)
        files += [f"module {name}" for name in dict.fromkeys(each.name.partition(".")[0] for each in modules.values())]
        left += beside
    changes: dict[str, Any] = {}
    path = getattr(experiment.dataset, "path", None)
    if path is not None:
        source = Path(path).expanduser().resolve()
        if not source.exists() or is_below(source, roots):
            changes["dataset.path"] = str(source)
        elif experiment.family.reads_texts:
            raise InputError(Problem("dataset.path", f"texts are not sent: {_SHARED}", path))
        elif experiment.predicted.reads == "boxes" and not isinstance(experiment.dataset, NpzSource):
            raise InputError(Problem("dataset.path", f"files of boxes are not sent: {_SHARED}", path))
        else:
            data, rest = data_files(experiment.dataset, source, roots, experiment.checks["missing"] == DROP)
            _check_size(_size(data.values()), most_bytes, path)
            _copy(data, folder / "data", "dataset.path")
            changes["dataset.path"] = f"data/{source.name}"
            files.append(f"data {path} ({plural(len(data), 'file')})")
            left += rest
    experiment = find_family(experiment.model).assets.absolute(experiment, results)
    moved, named = _weights(experiment, folder, roots)
    files += [f"weights {name}" for name in named]
    changes.update(moved)
    _copy(_own_package(), folder, "")
    (folder / EXPERIMENT).write_text(experiment.updated(changes).to_yaml(), encoding="utf-8")
    sent = [file for file in folder.rglob("*") if file.is_file()]
    total = _size(sent)
    _check_size(total, most_bytes, path)
    _check_names(folder)
    return Packed(tuple(files), len(sent), total, tuple(left))


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)


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


def _copy(files: Mapping[str, Path], folder: Path, where: str) -> None:
    """Copy each file to its name below ``folder``."""
    for name, file in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, target)
        except OSError as error:
            rule = f"cannot be sent, as it cannot be read: {error.strerror or error}"
            raise InputError(Problem(where, rule, str(file))) from None


def _own_package() -> dict[str, Path]:
    """The files of this very package."""
    root = Path(cnnsearch.__file__).parent
    found = {file.relative_to(root.parent): file for file in root.rglob("*") if file.suffix in _OF_THE_PACKAGE}
    return {
        name.as_posix(): file
        for name, file in found.items()
        if file.is_file() and not any(part.startswith(".") for part in name.parts)
    }


def _own_modules(named: Mapping[str, str], code: OwnCode) -> tuple[dict[str, Module], tuple[LeftOut, ...]]:
    """The user's module and those beside it that it imports, by file; and what else lies in their packages.

    Raises:
        InputError: one of them is a link to something that is no such module.
    """
    modules = {module.file: module for module in code.modules}
    left = Leftovers()
    packages: set[Path] = set()
    for file, module in modules.items():
        if module.path.parts[-len(parts := PurePath(file).parts) :] != parts:
            rule = f"imports {file}, a link that leads to {module.path}, which is not sent: put the file itself there"
            raise InputError([Problem(where, rule, name) for where, name in named.items()])
        if len(parts) > 1:
            packages.add(module.path.parents[len(parts) - 2])
    for package in sorted(packages):
        rest = {each.relative_to(package.parent).as_posix() for each in package.rglob("*") if each.is_file()}
        names = sorted(name for name in rest - set(modules) if "__pycache__" not in name)
        left.add("files of packages that no import in the family's code names", names)
    return modules, left.by_kind()


def _weights(experiment: Experiment, folder: Path, roots: Sequence[Path]) -> tuple[dict[str, Any], list[str]]:
    """Copy files of weights; what changes in the experiment, and what was copied."""
    count = 0

    def place(path: Path, where: str) -> str | None:
        nonlocal count
        if is_below(path, roots):
            return None
        target = Path("weights") / f"{count}{path.suffix}"
        _copy({str(target): path}, folder, where)
        count += 1
        return str(target)

    return find_family(experiment.model).assets.packed(experiment, place)
