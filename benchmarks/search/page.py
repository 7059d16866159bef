"""The page: what the searches found, with which data and versions."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.results import as_table, version_of
from benchmarks.search.contestants import BASELINE, DEFAULT, FORMER, MAIN, MODELS, PEERS
from benchmarks.search.figures import Group, group, paired, ranks, sooner
from benchmarks.search.measuring import Ended, held_out

__all__ = ["render"]

_SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
_LEAST = 3
"""Data sets, for a test to say anything."""
_LEFT_OUT = (
    "Ray Tune's ASHA and HyperBand with OptunaSearch, Syne Tune's ASHA, BOHB and CQR, and KerasTuner's Hyperband "
    "were not driven on this clock yet. With one seed on a data set, as the tables say, differences between neighbours "
    "in them are within the noise: the tests below each tell."
)


def render(ended: Sequence[Ended], tasks: tuple[str, ...], intro: Path) -> str:
    """The page in Markdown.

    Args:
        ended: the searches.
        tasks: all data sets.
        intro: a file with what stands above the figures: it is written by hand.
    """
    apart = held_out(tasks)
    lines = [intro.read_text(encoding="utf-8").rstrip(), "", *_setting(ended, apart)]
    for workers in sorted({one.workers for one in ended}):
        for title, among in (("held out", apart), ("chosen on", tuple(task for task in tasks if task not in apart))):
            lines += _section(group(ended, MAIN, workers, among), f"{_workers(workers)}, data sets {title}")
    rest = tuple(task for task in tasks if task not in apart)
    for workers in (1, 4):
        title = f"Which model, {_workers(workers)}, data sets chosen on"
        lines += _section(group(ended, MODELS, workers, rest), title)
    everyone = group(ended, (*MAIN, *PEERS), 4, apart)
    lines += _section(everyone, "Beside Optuna's own search, 4 workers, data sets held out")
    lines += ["## Left out", "", _LEFT_OUT, ""]
    return "\n".join(lines)


def _setting(ended: Sequence[Ended], apart: Sequence[str]) -> Iterator[str]:
    names = ("cnnsearch", "optuna", "onnxruntime", "numpy", "scipy")
    versions = ", ".join(f"{name} {version_of(name)}" for name in names)
    budgets = sorted({one.trainings for one in ended})
    yield f"Measured {datetime.date.today()}, Python {platform.python_version()}, {versions}."
    yield f"Budget: {', '.join(f'{budget:g}' for budget in budgets)} full trainings in all, whatever the workers."
    yield f"{len(ended)} searches. Held out: {', '.join(apart)}."
    yield ""


def _section(found: Group, title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if len(found.tasks) < _LEAST:
        yield f"Not measured: each contestant ran on {len(found.tasks)} of these data sets, and {_LEAST} are needed."
        yield ""
        return
    seeds = len({seed for _, seed in found.cells})
    searches = f"{len(found.cells)} searches of each contestant"
    yield f"{len(found.tasks)} data sets, {searches}, seeds on a data set: {seeds} at most."
    yield ""
    placed = ranks(found)
    heads = ("contestant", *(f"{share:.0%} of the time" for share in _SHARES), "mean rank", "CPU s a search")
    rows = []
    for name in sorted(found.names, key=lambda name: float(found.by_task(name, 1.0).mean())):
        means = [f"{found.by_task(name, share).mean():.3f}" for share in _SHARES]
        cost = np.mean([one.seconds for one in found.runs[name]])
        rows.append((name, *means, f"{placed.means[name]:.2f}", f"{cost:.1f}"))
    yield as_table(heads, rows)
    yield ""
    yield (
        f"Mean normalised regret, and mean rank at the end: two contestants whose ranks differ by less than "
        f"{placed.difference:.2f} may be equal (Nemenyi, 5 %); Friedman's p that all are is {placed.p:.2g}."
    )
    yield ""
    for other in (name for name in (BASELINE, FORMER, *MODELS[1:2]) if name in found.names):
        difference, p = paired(found, DEFAULT, other)
        ratios = sooner(found, DEFAULT, other)
        never = sum(ratio == 0 for ratio in ratios)
        middle = float(np.median(ratios))
        when = f"{middle:.1f} times sooner in the median" if middle else "in less than half of the searches"
        yield (
            f"- {DEFAULT} against {other}: final regret {difference:+.3f} in the mean (Wilcoxon p {p:.2g}); it reached "
            f"where that ended {when}, never in {never} of {len(ratios)}."
        )
    yield ""


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"
