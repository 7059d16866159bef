"""The page: what the searches found, with which data and versions; the answers first."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.results import as_table, version_of
from benchmarks.search.contestants import BASELINE, CONTESTANTS, DEFAULT, FORMER, missing
from benchmarks.search.figures import Group, group, paired, ranks, sooner
from benchmarks.search.measuring import TRAININGS, Ended, held_out

__all__ = ["render"]

_SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
_LEAST = 3
"""Data sets, for a test to say anything."""
_PACKAGES = ("cnnsearch", "optuna", "ray", "syne-tune", "keras-tuner", "onnxruntime", "numpy", "scipy")


def render(ended: Sequence[Ended], tasks: tuple[str, ...], intro: Path) -> str:
    """The page in Markdown.

    Args:
        ended: the searches.
        tasks: all data sets.
        intro: a file of text that is written by hand: what stands above its first section comes above the answers, and
            its sections between these and the tables.
    """
    apart = held_out(tasks)
    sets = (("held out", apart), ("chosen on", tuple(task for task in tasks if task not in apart)), ("all", tasks))
    found = {
        (workers, of): group(ended, DEFAULT, workers, among) for workers in sorted(TRAININGS) for of, among in sets
    }
    known = {key: each for key, each in found.items() if len(each.tasks) >= _LEAST and len(each.names) >= _LEAST}
    head, *notes = intro.read_text(encoding="utf-8").rstrip().split("\n## ")
    lines = [head.rstrip(), "", "## Answers", "", *_answers(known), "", *_setting(ended, apart)]
    lines += [f"## {note.rstrip()}\n" for note in notes]
    for workers in sorted(TRAININGS):
        for of in ("held out", "chosen on"):
            title = f"{_workers(workers)}, {TRAININGS[workers]:g} full trainings, data sets {of}"
            lines += _section(known.get((workers, of)), title)
    return "\n".join(lines)


def _answers(found: dict[tuple[int, str], Group]) -> Iterator[str]:
    """A line for each number of workers and kind of data sets."""
    heads = (
        "workers",
        "data sets",
        f"mean rank of {DEFAULT}",
        "best other",
        f"regret less that of {BASELINE}",
        f"sooner than {BASELINE}",
        f"sooner than {FORMER}",
    )
    rows = [
        (
            str(workers),
            f"{len(each.tasks)} {of}",
            _rank(each),
            _best_other(each),
            _less(each, BASELINE),
            _sooner(each, BASELINE),
            _sooner(each, FORMER),
        )
        for (workers, of), each in found.items()
        if of == "held out"
        or (
            of == "all"
            and len(each.tasks) > len(found[workers, "held out"].tasks if (workers, "held out") in found else ())
        )
    ]
    yield as_table(heads, rows)
    yield ""
    yield (
        "Sooner: by so many times in the median search, in brackets the share of searches that never came there; p of "
        "Wilcoxon's signed-rank test over data sets."
    )


def _rank(found: Group) -> str:
    return f"{ranks(found).means[DEFAULT]:.2f} of {len(found.names)}"


def _best_other(found: Group) -> str:
    means = ranks(found).means
    name = min((name for name in means if name != DEFAULT), key=lambda name: means[name])
    difference, p = paired(found, DEFAULT, name)
    return f"{name}, rank {means[name]:.2f}; regret {difference:+.3f} against it, p {p:.2g}"


def _less(found: Group, other: str) -> str:
    if other not in found.runs:
        return "not measured"
    difference, p = paired(found, DEFAULT, other)
    return f"{difference:+.3f}, p {p:.2g}"


def _sooner(found: Group, other: str) -> str:
    if other not in found.runs:
        return "not measured"
    ratios = sooner(found, DEFAULT, other)
    never = sum(ratio == 0 for ratio in ratios) / len(ratios)
    middle = float(np.median(ratios))
    some = f", on {found.partial[other]} data sets" if other in found.partial else ""
    return f"{f'{middle:.1f} times' if never < 0.5 else 'not in half of them'} ({never:.0%} never{some})"


def _setting(ended: Sequence[Ended], apart: Sequence[str]) -> Iterator[str]:
    versions = ", ".join(f"{name} {version_of(name)}" for name in _PACKAGES)
    yield f"Measured {datetime.date.today()}, Python {platform.python_version()}, {versions}."
    yield f"{len(ended)} searches. Held out: {', '.join(apart)}."
    ran = {one.contestant for one in ended}
    absent = {name: package for name, package in missing().items() if name not in ran}
    for package in sorted(set(absent.values())):
        without = "; ".join(name for name in absent if absent[name] == package)
        yield f"Not run, as {package} is not installed: {without}."
    late = [name for name in CONTESTANTS if name not in ran and name not in absent]
    if late:
        yield f"Not run, for want of time: {'; '.join(late)}."
    yield ""


def _section(found: Group | None, title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if found is None:
        yield f"Not measured: fewer than {_LEAST} contestants ran on the same {_LEAST} of these data sets."
        yield ""
        return
    placed = ranks(found)
    heads = (
        "contestant",
        *(f"{share:.0%} of the time" for share in _SHARES),
        "mean rank",
        "searches",
        "CPU s a search",
    )
    rows = []
    for name in sorted(found.names, key=lambda name: float(found.by_task(name, 1.0).mean())):
        means = [f"{found.by_task(name, share).mean():.3f}" for share in _SHARES]
        cost = np.mean([one.seconds for one in found.runs[name].values()])
        rows.append((name, *means, f"{placed.means[name]:.2f}", str(len(found.common)), f"{cost:.1f}"))
    yield as_table(heads, rows)
    yield ""
    yield (
        f"{len(found.tasks)} data sets, and the seeds that all had. Mean normalised regret, and mean rank at the end: "
        f"two contestants whose ranks differ by less than {placed.difference:.2f} may be equal (Nemenyi, 5 %); "
        f"Friedman's p that all are is {placed.p:.2g}."
    )
    if found.partial:
        some = "; ".join(f"{name} ({count})" for name, count in found.partial.items())
        yield f"Not in this table, as they ran on fewer of these data sets: {some}."
    yield ""
    heads = (f"{DEFAULT} against", "data sets", "pairs of searches", "final regret", "p", "sooner")
    others = [name for name in CONTESTANTS if name != DEFAULT and name in found.runs]
    rows = []
    for other in (name for name in others if len(found.differences(DEFAULT, name)) >= _LEAST):
        difference, p = paired(found, DEFAULT, other)
        count, pairs = len(found.differences(DEFAULT, other)), len(found.shared(DEFAULT, other))
        rows.append((other, str(count), str(pairs), f"{difference:+.3f}", f"{p:.2g}", _sooner(found, other)))
    yield as_table(heads, rows)


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"
