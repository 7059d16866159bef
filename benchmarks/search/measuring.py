"""Runs the contestants, a search at a time, until the minutes are over; what was run before is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.search.contestants import CONTESTANTS, MAIN, PEERS, TPE, missing
from benchmarks.search.surrogate import Surrogate
from benchmarks.search.work import Trace, Work, work_of

__all__ = ["TRAININGS", "Ended", "held_out", "measure", "plan", "read", "run_one"]

_HELD_OUT = 3
"""Every third data set chose nothing: no option of a sampler or scheduler was tried on it."""
TRAININGS = {4: 50.0, 1: 50.0, 16: 150.0}
"""Workers, and the budget that they have together, in full trainings."""


@dataclass(frozen=True)
class Ended:
    """A search that ended.

    Attributes:
        contestant, task, workers, seed: what was run.
        trainings: its budget, in full trainings.
        median, best: of random configs on this data set.
        steps: share of the budget and value, each time that the best value so far rose.
        seconds: of the processor.
    """

    contestant: str
    task: str
    workers: int
    seed: int
    trainings: float
    median: float
    best: float
    steps: Trace
    seconds: float

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.contestant, self.task, self.workers, self.seed


def held_out(tasks: tuple[str, ...]) -> tuple[str, ...]:
    """The data sets on which no default was chosen."""
    return tasks[_HELD_OUT - 1 :: _HELD_OUT]


def plan(tasks: tuple[str, ...], most: int, seeds: int) -> list[tuple[str, str, int, int]]:
    """Contestant, data set, workers and seed of each search, in the order of what the page needs first.

    Args:
        tasks: all data sets.
        most: so many of them, those held out first.
        seeds: so many, from 0.
    """
    apart = held_out(tasks)
    taken = [*apart, *(task for task in tasks if task not in apart)][:most]
    keys = [
        (name, task, workers, seed)
        for seed in range(seeds)
        for workers in TRAININGS
        for task in taken
        for name in (CONTESTANTS if task in apart else (*MAIN, TPE))
    ]
    return sorted(keys, key=lambda key: _turn(key, key[1] in apart))


def _turn(key: tuple[str, str, int, int], is_held_out: bool) -> int:
    """When a search comes: the default and its measures, one of each other on data sets held out, then the rest."""
    name, _, workers, seed = key
    slow = CONTESTANTS[name].slowness
    if name in MAIN and (slow == 0 or workers == 4):
        return 2 if slow else 0
    if seed > 0 or not is_held_out:
        return 6
    if workers > 4:
        return 5 if slow else 4 if name in PEERS else 1
    return 1 + 2 * slow if workers == 1 else 1 + 2 * (slow > 1)


def measure(
    surrogate: Surrogate,
    path: Path,
    minutes: float,
    most: int,
    seeds: int,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Ended]:
    """Run what is planned and was not run yet; each search is kept in ``path`` as it ends.

    What needs a package that is not installed is passed over.
    """
    ended = {each.key: each for each in read(path)}
    began = time.monotonic()
    works: dict[tuple[str, int], Work] = {}
    absent = missing()
    for key in plan(surrogate.tasks, most, seeds):
        if key in ended or key[0] in absent:
            continue
        if time.monotonic() - began > minutes * 60:
            break
        name, task, workers, seed = key
        if (task, workers) not in works:
            works[task, workers] = work_of(surrogate, task, workers, TRAININGS[workers])
        ended[key] = one = run_one(works[task, workers], name, seed)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
        tell(f"{name}, {task}, {workers} workers, seed {seed}: {one.steps[-1][1] if one.steps else None}")
    return list(ended.values())


def read(path: Path) -> list[Ended]:
    """The searches that ended before."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = (json.loads(line) for line in lines)
    return [Ended(**{**each, "steps": [tuple(step) for step in each["steps"]]}) for each in found]


def run_one(work: Work, name: str, seed: int) -> Ended:
    """Let a contestant search."""
    mine = replace(work, trace=[])
    CONTESTANTS[name].prepare()
    began = time.process_time()
    CONTESTANTS[name].run(mine, seed)
    seconds = time.process_time() - began
    steps: Trace = []
    for moment, value in sorted(mine.trace):
        if not steps or value > steps[-1][1]:
            steps.append((round(moment / work.seconds, 5), round(value, 6)))
    return Ended(name, work.task, work.workers, seed, work.trainings, work.median, work.best, steps, round(seconds, 3))
