"""``cnnsearch doctor``: what this machine has, whether everything starts, what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from typing import Annotated

import psutil
import typer

from cnnsearch.cli.terminal.console import out
from cnnsearch.errors import InputError, first_line
from cnnsearch.numbers import plural
from cnnsearch.study.environment import package_versions

__all__ = ["doctor"]

_LITTLE_DISK = 2**30

Finding = tuple[str, str, bool]
"""What was looked at, what was found, whether that is fine."""


def doctor(
    address: Annotated[str | None, typer.Option(help="Ray cluster to try: auto or HOST:PORT.")] = None,
) -> None:
    """Check this machine: versions, cores, memory, GPUs, and whether TensorFlow and Ray start."""
    problems = 0
    for what, found, fine in _findings(address):
        problems += not fine
        out.print("[green]ok[/green]     " if fine else "[bold red]problem[/bold red]", end="  ", markup=True)
        out.print(f"{what}: {found}", markup=False, soft_wrap=True)
    out.print("everything looks fine" if not problems else f"{plural(problems, 'problem')} found")
    if problems:
        raise typer.Exit(1)


def _findings(address: str | None) -> Iterator[Finding]:
    yield "Python", platform.python_version(), True
    for package, version in package_versions().items():
        yield package, version or "is not installed: run pip install cnnsearch", version is not None
    yield "CPUs", str(os.cpu_count()), True
    memory = psutil.virtual_memory()
    yield "memory", f"{memory.total / 2**30:.1f} GB, {memory.available / 2**30:.1f} GB free", memory.available > 2**30
    yield from _limits()
    yield _shared_memory()
    free = shutil.disk_usage(".").free
    yield "disk here", f"{free / 2**30:.1f} GB free", free > _LITTLE_DISK
    yield _tried("TensorFlow", _try_tensorflow)
    yield _tried("Ray", lambda: _try_ray(address))
    yield _kept_ray()


def _limits() -> Iterator[Finding]:
    """What may be less than the machine has."""
    from cnnsearch.experiment import Resources
    from cnnsearch.sweep.cluster.memory_check import check_limits, limits_in_words

    try:
        check_limits(Resources(max_concurrent=1))
    except InputError as error:
        yield "memory limit", str(error), False
    else:
        if (found := limits_in_words()) is not None:
            yield "memory limit", found, True


def _shared_memory() -> Finding:
    """Ray's object store lies in /dev/shm; containers give it 64 MB unless told otherwise."""
    from cnnsearch.sweep.cluster.node_check import LITTLE_SHARED_MEMORY, shared_memory

    total = shared_memory()
    if total is None:
        return "shared memory", "this system has no /dev/shm, Ray uses files instead", True
    fine = total >= LITTLE_SHARED_MEMORY
    hint = "" if fine else "; in a container start it with --shm-size=4g"
    return "shared memory", f"{total / 2**30:.1f} GB{hint}", fine


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return what, attempt(), True
    except InputError as error:
        return what, str(error), False
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the finding
        return what, f"does not start: {type(error).__name__}: {first_line(error)}", False


def _try_tensorflow() -> str:
    from cnnsearch.training.devices import describe_tensorflow

    version, gpus = describe_tensorflow()
    return f"{version} starts; " + (f"GPUs: {', '.join(gpus)}" if gpus else "no GPU, trials run on CPUs")


def _kept_ray() -> Finding:
    from cnnsearch.sweep.cluster.keeper.commands import described

    return "Ray that is kept", *described()


def _try_ray(address: str | None) -> str:
    from cnnsearch.sweep.cluster.connection import describe_ray

    return describe_ray(address)
