"""The page: test accuracy of what each side ships, set by set, and the differences with their intervals."""

from __future__ import annotations

import datetime
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil
from scipy import stats

from benchmarks.baselines.measuring import ENSEMBLE, KERAS_TUNER, MINUTES, Ended, searched
from benchmarks.baselines.side import PLAIN
from benchmarks.results import as_table, version_of

__all__ = ["difference", "render"]

_SEARCHES = (*(searched(minutes) for minutes in sorted(MINUTES)), ENSEMBLE)
Cells = Mapping[tuple[str, int, str], Ended]
_SIDES = (*PLAIN, KERAS_TUNER, *_SEARCHES)
_PACKAGES = ("cnnsearch", "tensorflow", "keras", "ray", "optuna", "keras-tuner")


def render(ended: Sequence[Ended], intro: Path) -> str:
    """The page in Markdown.

    Args:
        ended: the runs.
        intro: a file with what stands above the figures: it is written by hand.
    """
    cells = {each.key: each for each in ended}
    names = list(dict.fromkeys(each.pictures for each in ended))
    sides = [side for side in _SIDES if any(each.side == side for each in ended)]
    lines = [intro.read_text(encoding="utf-8").rstrip(), "", *_setting(ended)]
    lines += ["## Test accuracy", "", _table(cells, names, sides, lambda each: each.test, ".3f"), ""]
    lines += [_MEANS, "", "## Differences", "", _DIFFERENCES, ""]
    rows = [
        (f"{ours} against {other}", *found)
        for ours in _SEARCHES
        for other in (*PLAIN, KERAS_TUNER)
        if (found := _compared(cells, names, ours, other)) is not None
    ]
    lines += [as_table(("", "sets", "runs", "median of the sets", "mean", "95% interval", "worst set"), rows), ""]
    lines += ["## Seconds, from the start of the process to its end", ""]
    lines += [_table(cells, names, sides, lambda each: each.seconds, ".0f"), ""]
    lines += ["## Trials", "", _table(cells, names, sides, lambda each: float(each.trials), ".0f"), ""]
    return "\n".join(lines)


_MEANS = "Means over the seeds; behind them the number of seeds, where it is not one."
_DIFFERENCES = (
    "Of test accuracy, paired by set and seed. The interval is Student's, over the means of the sets: what it tells is "
    "whether other sets of this kind would show a difference too."
)


def difference(cells: Cells, name: str, ours: str, other: str) -> list[float]:
    """By how much test accuracy differs on a set, seed by seed, where both sides have a model."""
    found = []
    for (pictures, seed, side), mine in cells.items():
        theirs = cells.get((pictures, seed, other))
        if pictures == name and side == ours and theirs and mine.test is not None and theirs.test is not None:
            found.append(mine.test - theirs.test)
    return found


def _compared(cells: Cells, names: Sequence[str], ours: str, other: str) -> tuple[str, ...] | None:
    by_set = {name: found for name in names if (found := difference(cells, name, ours, other))}
    if not by_set:
        return None
    means = {name: statistics.fmean(found) for name, found in by_set.items()}
    values = np.array(list(means.values()))
    interval = "-"
    if len(values) > 1:
        half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
        interval = f"{values.mean() - half:+.3f} to {values.mean() + half:+.3f}"
    worst = min(means, key=lambda name: means[name])
    runs = sum(map(len, by_set.values()))
    middle, mean = f"{np.median(values):+.3f}", f"{values.mean():+.3f}"
    return str(len(values)), str(runs), middle, mean, interval, f"{worst}: {means[worst]:+.3f}"


def _table(
    cells: Cells,
    names: Sequence[str],
    sides: Sequence[str],
    value: Callable[[Ended], float | None],
    form: str,
) -> str:
    rows = []
    for name in names:
        row = [name]
        for side in sides:
            runs = (each for each in cells.values() if (each.pictures, each.side) == (name, side))
            found = [given for each in runs if (given := value(each)) is not None]
            shown = f"{statistics.fmean(found):{form}}" if found else "-"
            row.append(shown + (f" ({len(found)})" if len(found) > 1 else ""))
        rows.append(row)
    return as_table(("pictures", *sides), rows)


def _setting(ended: Sequence[Ended]) -> Iterator[str]:
    versions = ", ".join(f"{name} {version_of(name)}" for name in _PACKAGES)
    yield f"Written {datetime.date.today()}, Python {platform.python_version()}, {versions}; "
    yield f"{psutil.cpu_count()} cores, no GPU. {len(ended)} runs."
    yield ""
