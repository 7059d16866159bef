"""The page ``DATA.md``."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["render"]

_NAMES = {
    ("keras", "first"): "`keras.utils.image_dataset_from_directory`",
    ("reduced", "first"): "cnnsearch, first run",
    ("reduced", "second"): "cnnsearch, second run",
    ("full", "first"): "cnnsearch, `decoding: full`, first run",
    ("full", "second"): "cnnsearch, `decoding: full`, second run",
}


def render(measured: Mapping[str, Any]) -> str:
    """Medians over the repetitions."""
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    pictures, side = measured["pictures"], measured["side"]
    keras = _median(measured["runs"], "keras", "first", "seconds")
    lines = [
        "# Reading pictures",
        "",
        f"{pictures:,} photographs of 500x375 (JPEG, quality 90), read at {side}x{side}. Medians of "
        f"{len({run['repetition'] for run in measured['runs']})}, each side in a process of its own, one after the "
        "other. Memory is the peak of private and shared memory over the size of the pixels; what the cache maps is "
        "not in it, as the system takes it back where memory is short. "
        "By default a JPEG is decoded at a part of its size where it becomes less than half as large, else all of it.",
        "",
        f"{measured['date']}, `{measured['command']}`; {versions}.",
        "",
        "| | seconds | over Keras | memory over pixels |",
        "|---|---|---|---|",
    ]
    for (of, run), name in _NAMES.items():
        seconds = _median(measured["runs"], of, run, "seconds")
        memory = _median(measured["runs"], of, run, "private") / _median(measured["runs"], of, run, "bytes")
        lines.append(f"| {name} | {seconds:.2f} | {seconds / keras:.2f} | {memory:.2f} |")
    if measured["sweeps"]:
        size = pictures * side**2 * 3
        lines += [
            "",
            "A sweep of one trial: seconds until its first epoch has ended, and the memory of all its processes:",
            "",
        ]
        lines += ["| | seconds | memory in GB | over pixels |", "|---|---|---|---|"]
        for run in ("first", "second"):
            found = [each for each in measured["sweeps"] if each["run"] == run]
            seconds, memory = (statistics.median(each[key] for each in found) for key in ("seconds", "memory"))
            lines.append(f"| {run} run | {seconds:.1f} | {memory / 2**30:.2f} | {memory / size:.2f} |")
    return "\n".join(lines) + "\n"


def _median(runs: Sequence[Mapping[str, Any]], side: str, run: str, key: str) -> float:
    return statistics.median(each[key] for each in runs if each["side"] == side and each["run"] == run)
