"""What priors and earlier studies bring to a search, and what they cost it where they mislead."""

from __future__ import annotations

import functools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.search import ours
from benchmarks.search.measuring import Ended, held_out, read
from benchmarks.search.surrogate import Curve, Surrogate
from benchmarks.search.work import Trace, Work, work_of
from cnnsearch.search.simulation import Simulation
from cnnsearch.search.starts import resolved
from cnnsearch.space import Space, config_key
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore

__all__ = ["CONTESTANTS", "KNOWLEDGE", "TRAININGS", "WORKERS", "Place", "measure_priors", "sources"]

TRAININGS = 20.0
"""Budget in full trainings: a prior matters most while little is known."""
WORKERS = 4

_ASHA = {"name": "asha", "reduction": 3}
_GUESSES = 100
"""Random configs, of which the best is the good guess and the worst the bad one."""
_SOURCES = 3
"""Earlier studies from which one learns, of other data sets."""


@dataclass(frozen=True)
class Place:
    """A data set with what a search on it may know before."""

    surrogate: Surrogate
    task: str
    sources: tuple[str, ...]

    def guessed(self, place: int) -> dict[str, Any]:
        """The space with priors at one of the random configs, by its rank from below."""
        rng, space = np.random.default_rng(192837465), Space(self.surrogate.space)
        configs = [space.sample(rng) for _ in range(_GUESSES)]
        bests = [max(self.surrogate.curve(self.task, config).values) for config in configs]
        config = configs[int(np.argsort(bests)[place])]
        given = self.surrogate.space.items()
        return {"space": {name: {**each, "prior": {"value": config[name], "sure": "medium"}} for name, each in given}}

    def learnt(self, misled: bool = False) -> dict[str, Any]:
        """From studies of other data sets; misled: from studies that looked for the worst configs of these."""
        studies = {task: _study(self.surrogate, task, misled) for task in self.sources}
        searched = studies[self.sources[0]].experiment.updated({"learn_from": list(studies)})
        return {"learn_from": resolved(searched, studies.__getitem__).to_dict()["learn_from"]}


@functools.cache
def _study(surrogate: Surrogate, task: str, misled: bool) -> Study:
    """A search on another data set, as it was done and recorded before."""
    work = work_of(_Inverted(surrogate) if misled else surrogate, task, WORKERS, TRAININGS)
    curves: dict[str, Curve] = {}

    def curve(config: dict[str, Any]) -> Curve:
        return curves.setdefault(config_key(config), work.curve(config))

    with tempfile.TemporaryDirectory() as folder:
        Simulation(
            LocalStore(Path(folder)),
            ours.experiment_of(work, 99, {"name": "auto"}, _ASHA),
            lambda config: curve(config).values,
            work.workers,
            seconds=lambda config: curve(config).seconds,
            startup=lambda _: work.startup,
        ).run()
        return Study.load(LocalStore(Path(folder)))


class _Inverted:
    """A surrogate on which the worst configs are the best; curves keep their shapes."""

    def __init__(self, surrogate: Surrogate) -> None:
        self.tasks, self.space, self.epochs = surrogate.tasks, surrogate.space, surrogate.epochs
        self._surrogate = surrogate

    def curve(self, task: str, config: dict[str, Any]) -> Curve:
        was = self._surrogate.curve(task, config)
        top = max(was.values)
        return replace(was, values=tuple((1 - top) * value / max(top, 1e-9) for value in was.values))


KNOWLEDGE: dict[str, Callable[[Place], dict[str, Any]]] = {
    "no prior": lambda _: {},
    "good prior": lambda place: place.guessed(-1),
    "bad prior": lambda place: place.guessed(0),
    "learns from 3": lambda place: place.learnt(),
    "misled by 3": lambda place: place.learnt(misled=True),
}
"""What is known before -> the keys of an experiment that say so."""

CONTESTANTS: dict[str, tuple[str, str]] = {
    **{f"auto, {known}": ("auto", known) for known in KNOWLEDGE},
    **{f"random, {known}": ("random", known) for known in ("no prior", "good prior", "bad prior")},
}
"""Name -> sampler, and what it knows."""


def measure_priors(
    surrogate: Surrogate, path: Path, minutes: float, most: int, seeds: int, tell: Callable[[str], None]
) -> list[Ended]:
    """Run what was not run yet; as :func:`~benchmarks.search.measuring.measure`."""
    ended = {each.key: each for each in read(path)}
    began = time.monotonic()
    for key in _plan(surrogate.tasks, most, seeds):
        if key in ended:
            continue
        if time.monotonic() - began > minutes * 60:
            break
        ended[key] = one = _run(surrogate, *key)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
        tell(f"{one.contestant}, {one.task}, seed {one.seed}: {one.steps[-1][1] if one.steps else None}")
    return list(ended.values())


def _plan(tasks: tuple[str, ...], most: int, seeds: int) -> Iterator[tuple[str, str, int, int]]:
    for seed in range(seeds):
        for sampler in ("auto", "random"):
            names = [name for name, (searching, _) in CONTESTANTS.items() if searching == sampler]
            yield from ((name, task, WORKERS, seed) for task in held_out(tasks)[:most] for name in names)


def _run(surrogate: Surrogate, name: str, task: str, workers: int, seed: int) -> Ended:
    sampler, known = CONTESTANTS[name]
    work = _work(surrogate, task)
    mine = replace(work, trace=[])
    keys = KNOWLEDGE[known](Place(surrogate, task, sources(surrogate.tasks, task)))
    began = time.process_time()
    ours.run(mine, seed, {"name": sampler}, _ASHA, **keys)
    seconds = time.process_time() - began
    steps: Trace = []
    for moment, value in sorted(mine.trace):
        if not steps or value > steps[-1][1]:
            steps.append((round(moment / work.seconds, 5), round(value, 6)))
    return Ended(name, task, workers, seed, TRAININGS, work.median, work.best, steps, round(seconds, 3))


@functools.cache
def _work(surrogate: Surrogate, task: str) -> Work:
    return work_of(surrogate, task, WORKERS, TRAININGS)


def sources(tasks: tuple[str, ...], task: str) -> tuple[str, ...]:
    """The data sets from whose searches one learns: none of those that were held out."""
    apart = held_out(tasks)
    rest = [each for each in tasks if each not in apart]
    first = _SOURCES * apart.index(task)
    return tuple(rest[(first + place) % len(rest)] for place in range(_SOURCES))
