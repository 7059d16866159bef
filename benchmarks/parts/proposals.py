"""What the default sampler takes for a proposal, and to be told how a trial ended, however many there were."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figures import Target, spread
from benchmarks.parts.part import Part
from benchmarks.results import as_table
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import Outcome, make_sampler
from cnnsearch.space import Config

__all__ = ["PROPOSALS"]

_MOMENTS = (100, 1_000, 10_000)
"""Trials that have ended."""
_WINDOW = 50
"""Trials before such a moment, of which the median is told, and the slowest."""
_WORKERS = 4
_EPOCHS = 18
_SPACE = {
    "conv_blocks": {"int": [1, 4]},
    "filters": {"choice": [8, 16, 32, 64]},
    "batch_normalization": {"choice": [True, False]},
    "dense_layers": {"int": [0, 2]},
    "units": {"int": [32, 512], "log": True, "when": {"dense_layers": [1, 2]}},
    "learning_rate": {"float": [1e-4, 1e-1], "log": True},
    "dropout": {"float": [0.0, 0.5]},
    "batch_size": {"choice": [16, 32, 64, 128]},
}


def measure(repetitions: int, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - each of the trials is one
    moments = (30, 60) if quick else _MOMENTS
    experiment = Experiment(name="proposals", space=_SPACE, epochs=_EPOCHS, budget={"trials": moments[-1] + _WORKERS})
    sampler = make_sampler(experiment.sampler, experiment.space, experiment.seed, "max")
    rng, running = np.random.default_rng(0), deque[tuple[int, Config]]()
    asks: list[float] = []
    tells: list[float] = []
    for trial in range(moments[-1]):
        while len(running) < _WORKERS:
            number = len(asks)
            config, seconds = _timed(lambda number=number: sampler.propose(number))
            asks.append(seconds)
            running.append((number, config))
        number, config = running.popleft()
        outcome = _outcome(config, trial, rng)
        tells.append(_timed(lambda number=number, outcome=outcome: sampler.tell(number, outcome))[1])
    return {
        "sampler": experiment.sampler,
        "parameters": len(_SPACE),
        "moments": [
            {"trials": moment, "ask": asks[:moment][-_WINDOW:], "tell": tells[:moment][-_WINDOW:]} for moment in moments
        ],
    }


def render(figures: dict[str, Any]) -> str:
    last = figures["moments"][-1]
    trials = f"{last['trials']:,}"
    rows = [
        Target(f"ms for a proposal after {trials} trials", 30, False).row(spread(_milliseconds(last["ask"])), 1),
        Target(f"ms to be told of an end after {trials} trials", 30, False).row(spread(_milliseconds(last["tell"])), 1),
    ]
    table = [
        [
            f"{moment['trials']:,}",
            *(
                f"{found(_milliseconds(moment[what])):.1f}"
                for what in ("ask", "tell")
                for found in (statistics.median, max)
            ),
        ]
        for moment in figures["moments"]
    ]
    options = ", ".join(f"{key} {value}" for key, value in figures["sampler"].items())
    return "\n".join(
        [
            f"The default sampler ({options}) on {figures['parameters']} parameters, four trials at once; two of three "
            f"are stopped after a ninth of their {_EPOCHS} epochs. Milliseconds of the processor, over the last "
            f"{len(last['ask'])} trials before each moment.",
            "",
            as_table(["figure", "target", "found", "met"], rows),
            as_table(["trials ended", "ask, median", "ask, slowest", "tell, median", "tell, slowest"], table),
        ]
    )


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.thread_time()
    result = call()
    return result, time.thread_time() - began


def _outcome(config: Config, trial: int, rng: np.random.Generator) -> Outcome:
    """A made-up end: better with a learning rate near 0.01 and many filters, and some noise."""
    top = (
        0.9
        - 0.1 * abs(np.log10(config["learning_rate"]) + 2)
        + 0.0005 * config["filters"]
        + 0.01 * rng.standard_normal()
    )
    epochs = _EPOCHS if trial % 3 == 0 else _EPOCHS // 9
    curve = tuple((epoch, float(top * (1 - 0.5**epoch))) for epoch in range(1, epochs + 1))
    return Outcome("COMPLETED" if epochs == _EPOCHS else "STOPPED", curve[-1][1], curve)


def _milliseconds(seconds: list[float]) -> list[float]:
    return [1000 * each for each in seconds]


PROPOSALS = Part("proposals", "What a proposal costs", measure, render)
