"""The page ``DATA.md``."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["render"]

Part = Mapping[str, Any]
Runs = Sequence[Mapping[str, Any]]

_NAMES = {
    ("keras", "first"): "`keras.utils.image_dataset_from_directory`",
    ("reduced", "first"): "cnnsearch, first run",
    ("reduced", "second"): "cnnsearch, second run",
    ("full", "first"): "cnnsearch, `decoding: full`, first run",
    ("full", "second"): "cnnsearch, `decoding: full`, second run",
}

_PLACES = {"memory": "all pictures in memory", "disk": "a third of them, so read from the disk"}


def render(measured: Mapping[str, Part]) -> str:
    """Medians over the repetitions of each part that was measured."""
    lines = ["# Reading pictures"]
    for name, title, text, table in _PARTS:
        if name in measured:
            part = measured[name]
            versions = ", ".join(f"{package} {version}" for package, version in part["versions"].items())
            lines += ["", f"## {title}", "", f"{_photographs(part)} {text} {_repeated(name, part)}", ""]
            lines += [f"{part['date']}, `{part['command']}`; {versions}.", "", *table(part)]
    return "\n".join(lines) + "\n"


def _photographs(part: Part) -> str:
    side = part["side"]
    return f"{part['pictures']:,} photographs of 500x375 (JPEG, quality 90), read at {side}x{side}."


def _repeated(name: str, part: Part) -> str:
    """What a line of the table stands for."""
    return "A line a run." if name == "nodes" else f"Medians of {len({run['repetition'] for run in part['runs']})}."


def _reading(part: Part) -> Iterator[str]:
    yield from ("| | seconds | over Keras | memory over pixels |", "|---|---|---|---|")
    keras = _median(part["runs"], "seconds", side="keras", run="first")
    for (side, run), name in _NAMES.items():
        seconds, private, size = (_median(part["runs"], key, side=side, run=run) for key in _READ)
        yield f"| {name} | {seconds:.2f} | {seconds / keras:.2f} | {private / size:.2f} |"


_READ = ("seconds", "private", "bytes")


def _sweeps(part: Part) -> Iterator[str]:
    yield from ("| | seconds | memory in GB | over pixels |", "|---|---|---|---|")
    for run in ("first", "second"):
        seconds, memory = (_median(part["runs"], key, run=run) for key in ("seconds", "memory"))
        yield f"| {run} run | {seconds:.1f} | {memory / 2**30:.2f} | {memory / _size(part):.2f} |"


def _larger(part: Part) -> Iterator[str]:
    yield from ("| a worker may take | seconds an epoch | speed | memory in GB |", "|---|---|---|---|")
    most = _median(part["runs"], "seconds", place="memory")
    for place, words in _PLACES.items():
        seconds, memory = (_median(part["runs"], key, place=place) for key in ("seconds", "memory"))
        yield f"| {words} | {seconds:.2f} | {most / seconds:.2f} | {memory / 2**30:.2f} |"


def _transfer(part: Part) -> Iterator[str]:
    yield from ("| | seconds | prefixes computed | seconds for features |", "|---|---|---|---|")
    for run in ("first", "second"):
        seconds, computed, features = (_median(part["runs"], key, run=run) for key in _SEARCHED)
        yield f"| {run} run | {seconds:.1f} | {computed:g} | {features:.2f} |"


_SEARCHED = ("seconds", "computed", "features_seconds")


def _nodes(part: Part) -> Iterator[str]:
    yield "| caches | trials on the two nodes | workers | prefixes | computed | features in MB | stored in MB |"
    yield "|---|---|---|---|---|---|---|"
    for run in part["runs"]:
        trials = " and ".join(map(str, run["trials"]))
        size, stored = (run[key] / 1e6 for key in ("bytes", "stored"))
        counts = f"{run['workers']} | {run['prefixes']} | {run['computed']}"
        yield f"| {run['caches']} | {trials} | {counts} | {size:.1f} | {stored:.1f} |"


_PARTS = (
    (
        "reading",
        "First and second read",
        "Each side in a process of its own, one after the other. Memory is the peak of private and shared memory, with "
        "that of the processes that it starts, over the size of the pixels; what the cache maps is not in it, as the "
        "system takes it back where memory is short. By default a JPEG is decoded at a part of its size where it "
        "becomes less than half as large, else all of it.",
        _reading,
    ),
    (
        "sweeps",
        "To the first epoch of a sweep",
        "A sweep of one trial: seconds until its first epoch has ended, and the memory of all its processes.",
        _sweeps,
    ),
    (
        "larger",
        "Larger than memory",
        "A trial of a small network: speed of training and validation after its first epoch, and the memory of all "
        "processes of the sweep. The bound is `resources.memory_gb`; the system keeps of the file on disk what finds "
        "room.",
        _larger,
    ),
    (
        "transfer",
        "A second transfer search",
        "`search_spaces/transfer_mobilenet.yaml`, twice with one cache: seconds of the whole command, how often what a "
        "frozen backbone gives of the pictures was computed, and seconds that this took, or to find it.",
        _transfer,
    ),
    (
        "nodes",
        "Features on two nodes",
        "A search of 16 trials with two frozen prefixes, on two nodes of Ray on one machine, each of two workers. "
        "The caches are one folder that both nodes see, as on shared storage, or apart, as on two machines. What was "
        "stored is all that came into the second node's object store, once for both of its workers: pictures of "
        "training and validation, and features, twice where that node computed them and sent them to the first.",
        _nodes,
    ),
)


def _size(part: Part) -> int:
    """Bytes of all pixels."""
    found: int = part["pictures"] * part["side"] ** 2 * 3
    return found


def _median(runs: Runs, key: str, **of: str) -> float:
    return statistics.median(run[key] for run in runs if all(run[name] == value for name, value in of.items()))
