"""Trials an hour on the same configs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import (
    Spread,
    Target,
    mean_accuracy,
    shares,
    spread,
    steady_rate,
    wall_ratio,
    whole_rate,
)
from benchmarks.harness import Folder, in_turn
from benchmarks.outcome import Run
from benchmarks.parts.part import Part
from benchmarks.results import as_table
from benchmarks.work import Work
from benchmarks.workloads import digits_few, digits_many, fashion, transfer

__all__ = [
    "BARE",
    "DIGITS_FEW",
    "DIGITS_MANY",
    "FASHION",
    "NAMES",
    "TRANSFER",
    "UNFROZEN",
    "Contest",
    "Repetitions",
    "read_repetitions",
    "side_table",
]

OURS = "cnnsearch_sweep"
BARE = "bare_loop"

NAMES = {
    OURS: "cnnsearch (2 workers, 1 thread each)",
    "cnnsearch_uncached": "cnnsearch, cache off (2 workers, 1 thread each)",
    "bare_loop_uncached": "bare loop, no cache (2 processes, 1 thread each)",
    BARE: "bare loop (2 processes, 1 thread each)",
    "ray_by_hand": "Ray Tune, tuned by hand (2 workers, 1 thread each)",
    "ray_documented": "Ray Tune, as documented (2 at a time, threads not set)",
    "keras_tuner_random": "KerasTuner RandomSearch (1 process, 2 threads)",
    "optuna_in_process": "Optuna (1 process, 2 threads)",
    "plain_fit": "plain `fit` (1 process, 2 threads)",
}

Repetitions = list[dict[str, Run]]

_RATIOS: dict[str, Callable[[Run, Run, int], float]] = {
    "steady": lambda ours, other, _trials: steady_rate(ours) / steady_rate(other),
    "whole": lambda ours, other, trials: whole_rate(ours, trials) / whole_rate(other, trials),
    "wall": lambda ours, other, _trials: wall_ratio(ours, other),
}


@dataclass(frozen=True)
class Contest:
    """Sides on one work.

    Attributes:
        work: gives so many trials of it.
        trials: each side -> trials that it runs; our number is that of the whole process.
        quick: the same in a smoke run.
        targets: kind of ratio (``steady``, ``whole`` or ``wall``), the other side, what the ratio should be, and the
            side that is compared where it is not ours.
        note: what is run, with ``{trials}`` for our number of them.
    """

    work: Callable[[int], Work]
    trials: Mapping[str, int]
    quick: Mapping[str, int]
    targets: tuple[tuple[str, str, Target] | tuple[str, str, Target, str], ...]
    note: str

    def measure(self, repetitions: int, quick: bool) -> dict[str, Any]:
        trials = self.quick if quick else self.trials
        with Folder(self.work(max(trials.values()))) as folder:
            sides = {name: (lambda name=name, count=count: folder.run(name, count)) for name, count in trials.items()}
            found = in_turn(sides, repetitions)
        return {"repetitions": [{name: run.to_dict() for name, run in each.items()} for each in found]}

    def render(self, figures: dict[str, Any]) -> str:
        found = read_repetitions(figures)
        trials = len(found[0][OURS].values)
        rows = []
        head = ["ratio", "target", "found", "met", *(["the bare loop's"] if BARE in found[0] else [])]
        for kind, other, target, *of in self.targets:
            sides = [of[0] if of else OURS, *([BARE] if BARE in found[0] else [])]
            ours, *bare = (spread([_RATIOS[kind](each[side], each[other], trials) for each in found]) for side in sides)
            rows.append([*target.row(ours), *("" if other == BARE else each.shown(2) for each in bare)])
        return "\n".join(
            [
                self.note.format(trials=trials),
                "",
                as_table(head, rows),
                side_table(found, trials),
                _profile_table(found, trials),
            ]
        )


def read_repetitions(figures: dict[str, Any]) -> Repetitions:
    """The runs of a measured part: side -> run, for each repetition."""
    return [{name: Run.from_dict(run) for name, run in each.items()} for each in figures["repetitions"]]


def side_table(found: Repetitions, trials: int) -> str:
    """One row a side: time, rates, accuracy, compilations; accuracy over the configs that all sides ran."""
    common = min(len(run.values) for run in found[0].values())
    head = [
        "side",
        "trials run",
        "start-up, s",
        "s a trial",
        "trials/h without start-up",
        f"trials/h, whole process of {trials}",
        f"mean accuracy, first {common}",
        "compiled",
    ]
    return as_table(head, [_row([each[name] for each in found], name, trials, common) for name in found[0]])


def _row(runs: list[Run], name: str, trials: int, common: int) -> list[str]:
    def over(value: Callable[[Run], float]) -> Spread:
        return spread([value(run) for run in runs])

    count = len(runs[0].values)
    return [
        NAMES.get(name, name),
        str(count),
        over(lambda run: run.startup).shown(1),
        over(lambda run: run.work / count).shown(2),
        over(steady_rate).shown(0),
        over(lambda run: whole_rate(run, trials)).shown(0),
        over(lambda run: mean_accuracy(run, common)).shown(3),
        over(lambda run: run.compilations).shown(0),
    ]


def _profile_table(found: Repetitions, trials: int) -> str:
    profiles = [each[OURS].profile for each in found]
    rows = [[what, f"{ms:,.1f}", f"{100 * share:.0f} %"] for what, (ms, share) in shares(profiles, trials).items()]
    return "Where the time of cnnsearch's workers goes, from the first trial to the last result:\n\n" + as_table(
        ["", "ms a trial", "share"], rows
    )


_FEWER = (
    "Sides that are slow run the first trials of the same list only; for the rate of a whole process they are taken "
    "to go on at their own pace, so that their start-up is paid once."
)

_RAY_BY_HAND = Target("trials/h without start-up, cnnsearch over Ray Tune tuned by hand", 5.0)

_FEW = Contest(
    work=digits_few,
    trials={
        OURS: 100,
        BARE: 100,
        "ray_by_hand": 30,
        "keras_tuner_random": 16,
        "optuna_in_process": 12,
        "plain_fit": 12,
        "ray_documented": 6,
    },
    quick={
        OURS: 8,
        BARE: 8,
        "ray_by_hand": 4,
        "keras_tuner_random": 2,
        "optuna_in_process": 2,
        "plain_fit": 2,
        "ray_documented": 2,
    },
    targets=(
        ("whole", "ray_documented", Target("trials/h of the whole process, cnnsearch over plain Ray Tune", 25.0)),
        ("whole", "keras_tuner_random", Target("trials/h of the whole process, cnnsearch over KerasTuner", 6.0)),
        ("steady", "ray_documented", Target("trials/h without start-up, cnnsearch over plain Ray Tune", 50.0)),
        ("steady", "keras_tuner_random", Target("trials/h without start-up, cnnsearch over KerasTuner", 10.0)),
        ("steady", "ray_by_hand", _RAY_BY_HAND),
        ("wall", BARE, Target("seconds without start-up, cnnsearch over the bare loop", 1.3, at_least=False)),
    ),
    note="{trials} trials of 5 epochs without early stopping, in 12 structures (filters 3 x kernel 2 x blocks 2), "
    f"batch size 64; learning rate, dropout and L2 drawn anew for each. {_FEWER} The last column is what the bare "
    "loop reaches in cnnsearch's place: no sweep can do more, and where a target lies above it, that is the limit. "
    "Half of the workers' time compiles 12 structures, each once a worker; warm workers, an import of TensorFlow while "
    "the driver prepares, and one report a trial have taken away nearly all of the rest.",
)

_MANY = Contest(
    work=digits_many,
    trials={OURS: 60, BARE: 60, "keras_tuner_random": 16},
    quick={OURS: 4, BARE: 4, "keras_tuner_random": 2},
    targets=(("steady", "keras_tuner_random", Target("trials/h without start-up, cnnsearch over KerasTuner", 4.0)),),
    note="{trials} trials of 5 epochs without early stopping on the space of `search_spaces/digits_cnn.yaml`, where "
    f"nearly every trial must be compiled. {_FEWER}",
)

_FASHION = Contest(
    work=fashion,
    trials={OURS: 12, "keras_tuner_random": 6, "ray_by_hand": 6},
    quick={OURS: 2, "keras_tuner_random": 1, "ray_by_hand": 2},
    targets=(
        ("steady", "keras_tuner_random", Target("trials/h without start-up, cnnsearch over KerasTuner", 1.5)),
        ("steady", "ray_by_hand", Target("trials/h without start-up, cnnsearch over Ray Tune tuned by hand", 1.2)),
    ),
    note="{trials} trials of 5 epochs without early stopping on 9,600 training and 2,400 validation pictures of 28x28; "
    f"networks of 80,000 to 115,000 parameters in 4 structures, where arithmetic is nearly all. {_FEWER}",
)

_OFF = "cnnsearch_uncached"
_PHOTOGRAPHS = (
    "{trials} trials of 10 epochs on 420 training and 140 validation photographs of cats and dogs at 160x160x3, the "
    "space of `search_spaces/transfer_mobilenet.yaml` with random draws: MobileNet 0.25 with ImageNet's weights, "
)

_TRANSFER = Contest(
    work=transfer,
    trials={OURS: 20, _OFF: 8, "bare_loop_uncached": 8, "keras_tuner_random": 4},
    quick={OURS: 4, _OFF: 4, "bare_loop_uncached": 4, "keras_tuner_random": 1},
    targets=(
        ("steady", _OFF, Target("trials/h without start-up and decoding, cache on over off", 15.0)),
        ("steady", "keras_tuner_random", Target("trials/h without start-up and decoding, over KerasTuner", 20.0)),
        ("whole", _OFF, Target("trials/h of the whole process, cache on over off", 1.0)),
        ("whole", "keras_tuner_random", Target("trials/h of the whole process, over KerasTuner", 1.0)),
        (
            "wall",
            "bare_loop_uncached",
            Target("seconds without start-up, cache off over the bare loop", 1.2, at_least=False),
            _OFF,
        ),
    ),
    note=_PHOTOGRAPHS + f"0 unfrozen layers. KerasTuner has its pictures in memory as float32. {_FEWER} "
    "Predicted before the first run: 40 times, 60 times, 5 times, 15 times, 1.1.",
)

_UNFROZEN = Contest(
    work=functools.partial(transfer, unfrozen=True),
    trials={OURS: 12, _OFF: 12},
    quick={OURS: 4, _OFF: 4},
    targets=(("steady", _OFF, Target("trials/h without start-up and decoding, cache on over off", 4.0)),),
    note=_PHOTOGRAPHS + "0 to 12 unfrozen layers. Predicted before the first run: 6 times.",
)

TRANSFER = Part("transfer", "Transfer learning", _TRANSFER.measure, _TRANSFER.render)
UNFROZEN = Part("transfer-unfrozen", "Transfer learning with unfrozen layers", _UNFROZEN.measure, _UNFROZEN.render)
DIGITS_FEW = Part("digits-few", "Digits, few structures", _FEW.measure, _FEW.render)
DIGITS_MANY = Part("digits-many", "Digits, many structures", _MANY.measure, _MANY.render)
FASHION = Part("fashion", "Fashion-MNIST", _FASHION.measure, _FASHION.render)
