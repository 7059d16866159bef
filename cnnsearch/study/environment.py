"""What a sweep ran on: versions, hardware, git commit, command line."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from cnnsearch.redaction import redacted_words

__all__ = [
    "PACKAGES",
    "changed_versions",
    "describe_environment",
    "package_versions",
    "processor_name",
    "without_secrets",
]

PACKAGES = (
    "cnnsearch",
    "tensorflow",
    "keras",
    "ray",
    "optuna",
    "scikit-learn",
    "numpy",
    "pandas",
    "pillow",
    "pydantic",
    "plotly",
)


def package_versions(packages: Sequence[str] = PACKAGES) -> dict[str, str | None]:
    """Installed version of each package that a result may depend on; ``None`` where it is missing."""
    versions: dict[str, str | None] = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return versions


def changed_versions(environment: Mapping[str, Any]) -> list[str]:
    """In words, each package that the numbers of a trial come from and whose version is another one now."""
    before, now = environment.get("packages", {}), package_versions()
    return [
        f"{name} was {before[name]}, now it is {now[name]}"
        for name in ("cnnsearch", "tensorflow", "keras", "numpy", "scikit-learn", "pillow")
        if name in before and before[name] != now[name]
    ]


def processor_name() -> str:
    """As Linux names it; elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (" ".join(line.partition(":")[2].split()) for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def describe_environment(
    dataset: dict[str, Any],
    startup: dict[str, float] | None = None,
    weights: dict[str, str] | None = None,
    code: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The content of ``environment.json``.

    Args:
        dataset: fingerprint, class names and counts of the data, as :mod:`cnnsearch.data` describes them.
        startup: what the driver did before the first trial, as :mod:`cnnsearch.study.progress.startup` reads it.
        weights: file of pretrained weights -> its sha256.
        code: file of a model family of the user's own -> its sha256.
    """
    return {
        "format": 1,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": redacted_words(sys.argv),
        "git_commit": _git_commit(),
        "python": platform.python_version(),
        "packages": package_versions(),
        "platform": platform.platform(),
        "host": platform.node(),
        "cpus": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "startup": startup or {},
        "dataset": dataset,
        **({"weights": weights} if weights else {}),
        **({"code": code} if code else {}),
    }


def without_secrets(environment: Mapping[str, Any]) -> dict[str, Any]:
    """What an ``environment.json`` holds, as it is written today: earlier versions kept commands as they were typed."""
    found = dict(environment)
    if isinstance(found.get("command"), list):
        found["command"] = redacted_words([str(word) for word in found["command"]])
    if isinstance(found.get("resumed"), list):
        found["resumed"] = [without_secrets(each) if isinstance(each, Mapping) else each for each in found["resumed"]]
    return found


def _git_commit() -> str | None:
    """Commit of the working directory, with ``-dirty`` where it has changes; ``None`` outside a repository."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip() or None
