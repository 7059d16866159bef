"""Features of a sweep on two nodes: how often they are computed, and how much of them comes to the second node.

Both nodes are of this machine. The second one has, where they are to be apart, an empty file system where the first has
its cache, as another machine would: that needs the right to mount one.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.data.transfer import features_of
from benchmarks.faults.scenarios import cluster
from cnnsearch.study import Study
from cnnsearch.study.record.lines import TrialLine

__all__ = ["CACHES", "on_two_nodes", "two_nodes"]

CACHES = ("shared", "apart")

_CPUS = 2
"""Of each node, and workers."""

_STORE = 150 * 2**20
"""Bytes of it; of the first node as many, by Ray's test cluster."""

_JOINS = 60.0
"""Seconds until the second node is there, at most."""

_LOOKED = 0.1

_MOUNTED = 'mount -t tmpfs tmpfs "$0" && exec "$@"'

_FILE = """
name: nodes
dataset: {{source: directory, path: {folder}, image_size: {side}}}
model: transfer
epochs: 3
space: {{backbone: mobilenet, backbone_alpha: 0.25, weights: {weights}, unfrozen_layers: {{choice: [0, 12]}},
  learning_rate: {{float: [1.0e-3, 1.0e-2], log: true}}}}
start: none
never_stopped: none
sampler: random
scheduler: none
budget: {{trials: 16}}
final: keep
resources: {{cache: {cache}, cache_gb: 1000}}
"""


def on_two_nodes(folder: Path, weights: Path, side: int, work: Path, caches: str) -> dict[str, Any]:
    """What became of the features of a sweep, and what its nodes had in their object stores.

    Args:
        folder: a class directory.
        weights: of the backbone.
        side: of the pictures.
        work: for cache and study.
        caches: one of :data:`CACHES`.

    Returns:
        How many ``prefixes`` there were, how often they were ``computed``, and their ``bytes``; the ``trials`` of each
        node, the driver's first, and ``workers`` of both; ``stored``: bytes that came into the second node's object
        store.
    """
    cache, file, log = work / "cache", work / "nodes.yaml", work / "log"
    cache.mkdir(parents=True)
    file.write_text(two_nodes(folder, weights, side, cache), encoding="utf-8")
    command = [sys.executable, "-m", "cnnsearch", "run", str(file), "--quiet", "--output", str(work / "results")]
    hidden = cache if caches == "apart" else None
    with (
        cluster(_CPUS) as nodes,
        _second(nodes, hidden, log) as first,
        log.open("a") as told,
    ):
        done = subprocess.run([*command, "--address", nodes.address], stdout=told, stderr=told, check=False)
        stored = _stored(nodes, first)
    if done.returncode:
        raise RuntimeError(log.read_text(errors="replace")[-4000:])
    study = Study.load(work / "results" / "nodes")
    found = features_of(study.path)
    return {
        "caches": caches,
        "prefixes": len(found),
        "computed": sum(each["misses"] for each in found),
        "bytes": sum(each["bytes"] for each in found),
        "trials": [sum(_is_of(record, first) is here for record in study.records) for here in (True, False)],
        "workers": len({record.worker.pid for record in study.records}),
        "stored": stored,
    }


def _is_of(record: TrialLine, node: str) -> bool:
    """Whether a trial ran there; the record has the first letters of its id."""
    return node.startswith(record.worker.node_id or " ")


def two_nodes(folder: Path, weights: Path, side: int, cache: Path) -> str:
    """The file of the search."""
    return _FILE.format(folder=folder, weights=weights, side=side, cache=cache)


@contextlib.contextmanager
def _second(nodes: Any, hidden: Path | None, log: Path) -> Iterator[str]:
    """While it lasts another node belongs to the cluster, with an empty folder in the place of ``hidden``; gives the id
    of the first one."""
    (first,) = _ids(nodes)
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", f"--address={nodes.address}", "--block"]
    command += [f"--num-cpus={_CPUS}", "--num-gpus=0", f"--object-store-memory={_STORE}"]
    apart = [] if hidden is None else ["unshare", "--mount", "sh", "-c", _MOUNTED, str(hidden)]
    with log.open("a") as told, subprocess.Popen([*apart, *command], stdout=told, stderr=told) as second:
        try:
            deadline = time.monotonic() + _JOINS
            while len(_ids(nodes)) < 2:
                if second.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the second node did not join: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(_LOOKED)
            yield first
        finally:
            second.send_signal(signal.SIGTERM)


def _stored(nodes: Any, first: str) -> int:
    """Bytes that were written into the object store of the second node, all times together."""
    from ray._private.internal_api import node_stats

    (second,) = (node for node in nodes.global_state.node_table() if node["NodeID"] != first)
    told = node_stats(second["NodeManagerAddress"], second["NodeManagerPort"], include_memory_info=False)
    size: int = told.store_stats.cumulative_created_bytes
    return size


def _ids(nodes: Any) -> list[str]:
    """Of the nodes that live."""
    return [node["NodeID"] for node in nodes.global_state.node_table() if node["Alive"]]
