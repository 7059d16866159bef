"""What a sweep costs by itself: trials that train nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Target, pace, spread
from benchmarks.harness import in_turn, run_module
from benchmarks.parts.part import Part
from benchmarks.results import as_table

__all__ = ["OVERHEAD"]

_TRIALS = 1_000
_MANY = 10_000
_STRETCH = 1_000


def measure(repetitions: int, quick: bool) -> dict[str, Any]:
    trials, many, stretch = (30, 60, 20) if quick else (_TRIALS, _MANY, _STRETCH)
    found = in_turn(
        {
            "ours": lambda: pace(_ended("ours", trials, "random")),
            "bare": lambda: pace(_ended("bare", trials, "random")),
            "tpe": lambda: pace(_ended("ours", trials, "tpe")),
        },
        repetitions,
    )
    long = _ended("ours", many, "random")
    return {
        "trials": trials,
        "repetitions": found,
        "many": many,
        "stretch": stretch,
        "first": pace(long[:stretch]),
        "last": pace(long[-stretch:]),
    }


def render(figures: dict[str, Any]) -> str:
    found = figures["repetitions"]
    over_bare = spread([each["ours"] / each["bare"] for each in found])
    slower = spread([figures["first"] / figures["last"]])
    many, stretch = f"{figures['many']:,}", f"{figures['stretch']:,}"
    rows = [
        Target("trials a second, cnnsearch over bare Ray Tune", 0.9).row(over_bare),
        Target(f"the last {stretch} of {many} trials, times slower than the first {stretch}", 1.3, False).row(slower),
    ]
    names = {
        "ours": "cnnsearch, random, everything persisted",
        "bare": "bare Ray Tune, random, warm workers, loggers off, nothing persisted",
        "tpe": "cnnsearch, TPE, everything persisted",
    }
    rates = [[name, spread([each[key] for each in found]).shown(1)] for key, name in names.items()]
    rates += [[f"cnnsearch, random, the first {stretch} of {many}", f"{figures['first']:.1f}"]]
    rates += [[f"cnnsearch, random, the last {stretch} of {many}", f"{figures['last']:.1f}"]]
    return "\n".join(
        [
            f"{figures['trials']:,} trials that train nothing, three reports each, an ASHA decision after each, two "
            "workers; from the end of the first trial to the end of the last.",
            "",
            as_table(["ratio", "target", "found", "met"], rows),
            as_table(["side", "trials/s"], rates),
        ]
    )


def _ended(side: str, trials: int, sampler: str) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ended.json"
        run_module(["benchmarks.nothing", side, str(trials), sampler, str(out)], f"nothing-{side}-{sampler}-{trials}")
        ended: list[float] = json.loads(out.read_text(encoding="utf-8"))
    if len(ended) != trials:
        raise RuntimeError(f"{side} ended {len(ended)} of {trials} trials")
    return ended


OVERHEAD = Part("overhead", "What a sweep costs by itself", measure, render)
