"""Runs the sides, one after the other, until the minutes are over; what was run before is kept."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.baselines import ours
from benchmarks.baselines.sets import PictureSet
from benchmarks.baselines.side import PLAIN
from benchmarks.harness import run_module

__all__ = ["ENSEMBLE", "KERAS_TUNER", "MINUTES", "Ended", "measure", "plan", "read", "searched"]

MINUTES = (5.0, 2.0, 1.0)
"""In all, of a search of ours."""

ENSEMBLE = "search, 5 min, ensemble"
"""The file with ``ensemble: 3``: the three best configs, each trained again, as one model."""

KERAS_TUNER = "KerasTuner Hyperband"
"""Is given the seconds that our search of the most minutes took from the start of its process to its end."""


@dataclass(frozen=True)
class Ended:
    """A side that ended.

    Attributes:
        pictures: name of the set.
        seed: of split, search and weights.
        side: what was run.
        test: share of right answers on the test split; ``None``: there was no model.
        trials: that ended with a value.
        seconds: from the start of its process to its end.
        cpu: seconds of all cores. Ray's processes are not children of ours: ``None`` of a search of ours.
    """

    pictures: str
    seed: int
    side: str
    test: float | None
    trials: int
    seconds: float
    cpu: float | None

    @property
    def key(self) -> tuple[str, int, str]:
        return self.pictures, self.seed, self.side


def searched(minutes: float) -> str:
    """The side that searches with ``cnnsearch run`` for so many minutes."""
    return f"search, {minutes:g} min"


def plan(sets: Sequence[PictureSet], seeds: int) -> Iterator[tuple[PictureSet, int, str]]:
    """Set, seed and side of each run, in the order of what the page needs first."""
    sides = (searched(MINUTES[0]), ENSEMBLE, *PLAIN, KERAS_TUNER, *map(searched, MINUTES[1:]))
    for seed in range(1, seeds + 1):
        for side in sides:
            yield from ((each, seed, side) for each in sets)


def measure(
    sets: Sequence[PictureSet],
    data: Path | None,
    path: Path,
    minutes: float,
    seeds: int,
    sides: Iterable[str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Ended]:
    """Run what is planned and was not run yet; each is kept in ``path`` as it ends.

    Args:
        sets: of pictures.
        data: folder of the photographs.
        path: a file with a line for each that ended.
        minutes: after which none begins.
        seeds: so many, from 1.
        sides: only these; ``None``: all.
        tell: is called with each that ended, in words.
    """
    ended = {each.key: each for each in read(path)}
    wanted = None if sides is None else set(sides)
    began = time.monotonic()
    for given, seed, side in plan(sets, seeds):
        key = given.name, seed, side
        if key in ended or (wanted is not None and side not in wanted):
            continue
        if time.monotonic() - began > minutes * 60:
            break
        longest = ended.get((given.name, seed, searched(MINUTES[0])))
        if side == KERAS_TUNER and longest is None:
            continue  # its time is not known
        ended[key] = one = _run(given, seed, side, data, longest.seconds if longest else 0.0)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
        tell(f"{given.name}, seed {seed}, {side}: {one.test} in {one.seconds:.0f} s")
    return list(ended.values())


def read(path: Path) -> list[Ended]:
    """The runs that ended before."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [Ended(**json.loads(line)) for line in lines]


def _run(given: PictureSet, seed: int, side: str, data: Path | None, seconds: float) -> Ended:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes = {**{searched(each): each for each in MINUTES}, ENSEMBLE: MINUTES[0]}.get(side)
    if minutes is not None:
        keys = {"ensemble": 3, "final": "refit"} if side == ENSEMBLE else {}
        return Ended(given.name, seed, side, **ours.run(given, seed, data, minutes, keys), cpu=None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        arguments = [given.name, str(seed), side, str(seconds), str(out), *([str(data)] if data else [])]
        spawned, exited = run_module(["benchmarks.baselines.side", *arguments], "baselines")
        found = json.loads(out.read_text(encoding="utf-8"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(given.name, seed, side, **found, seconds=round(exited - spawned, 1), cpu=round(cpu, 1))
