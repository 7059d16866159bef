"""Trials an hour on the same configs, texts and epochs as KerasTuner's random search."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Target, spread, steady_rate, whole_rate
from benchmarks.harness import Folder, in_turn
from benchmarks.outcome import Run
from benchmarks.parts.throughput import OURS, side_table
from benchmarks.results import as_table
from benchmarks.work import Work, draw_work

__all__ = ["SENTENCES", "SIDE", "measured_speed", "speed_section"]

SIDE = "speed"
"""By which its lines are told from those of the sides."""

KERAS_TUNER = "keras_tuner_random"

SENTENCES = {"documentation": 10_000, "made": 2000}
"""Of each set, where nothing else is asked for."""

_RECIPE = Path("search_spaces/text_cnn.yaml")
"""Whose space and epochs are those of the made sentences; of one kind of tokens, as there is one array of numbers."""

_WIDE: dict[str, Any] = {
    "vocabulary_size": 5000,
    "text_length": 40,
    "kernel_count": 3,
    "kernel_size": {"choice": [2, 3]},
    "filters": {"choice": [32, 64]},
    "embedding_size": 64,
    "embedding_dropout": {"float": [0.0, 0.4]},
    "dropout": {"float": [0.0, 0.6]},
    "learning_rate": {"float": [5e-4, 5e-3], "log": True},
    "batch_size": 32,
}
"""Of the sentences of people."""

_EPOCHS, _WORKERS = 5, 2

_WHOLE = Target("trials/h of the whole process, cnnsearch over KerasTuner", 4.0)
_STEADY = Target("trials/h without start-up, cnnsearch over KerasTuner", 4.0)


def measured_speed(name: str, table: Path, texts: int, trials: int, repetitions: int) -> Iterator[dict[str, Any]]:
    """A line of the record for each repetition.

    Args:
        name: of the set of sentences.
        table: a CSV file of them, with their splits.
        texts: how many there are.
        trials: on each side.
        repetitions: of each side, in turn.
    """
    began = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    load = round(os.getloadavg()[0], 1)
    with Folder(_work(name, table, trials)) as folder:
        sides = {side: (lambda side=side: folder.run(side)) for side in (OURS, KERAS_TUNER)}
        for found in in_turn(sides, repetitions):
            told = {"set": name, "side": SIDE, "texts": texts, "trials": trials, "load": load, "began": began}
            yield {**told, "runs": {side: run.to_dict() for side, run in found.items()}}


def _work(name: str, table: Path, trials: int) -> Work:
    space, epochs = (_WIDE, _EPOCHS) if name == "documentation" else _recipe()
    return draw_work("texts", f"csv:{table}", space, trials, epochs, 0, _WORKERS, {"model": "text_cnn"})


def _recipe() -> tuple[dict[str, Any], int]:
    from cnnsearch.experiment import Experiment

    experiment = Experiment.from_yaml(_RECIPE)
    return {**experiment.space.to_dict(), "tokens": "words"}, experiment.epochs


def speed_section(lines: Sequence[Mapping[str, Any]]) -> str:
    """Of each set of sentences the call that was the last."""
    calls: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        of = calls.setdefault(line["set"], [])
        if of and of[0]["began"] != line["began"]:
            of.clear()
        of.append(line)
    return "\n\n".join(map(_call, calls.values())) or "Not measured."


def _call(lines: Sequence[Mapping[str, Any]]) -> str:
    first, found = lines[0], [{side: Run.from_dict(run) for side, run in line["runs"].items()} for line in lines]
    trials = first["trials"]
    whole, steady = (
        spread([rate(each[OURS]) / rate(each[KERAS_TUNER]) for each in found])
        for rate in (lambda run: whole_rate(run, trials), steady_rate)
    )
    told = (
        f"{trials} trials on {first['texts']:,} sentences of `{first['set']}`, {len(found)} "
        f"time{'' if len(found) == 1 else 's'}, {first['began'][:10]}, load {first['load']}:"
    )
    ratios = as_table(["ratio", "target", "found", "met"], [_WHOLE.row(whole), _STEADY.row(steady)])
    return "\n\n".join([told, ratios.rstrip(), side_table(found, trials).rstrip()])
