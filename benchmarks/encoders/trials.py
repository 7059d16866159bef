"""``python -m benchmarks.encoders.trials 0 1 ...``: U-Nets behind encoders, trained on kept maps and anew, in turn."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment

__all__ = ["BATCH", "CASES", "CLASSES", "TRAINING", "VALIDATION", "Case", "arithmetic"]

TRAINING, VALIDATION, BATCH, CLASSES = 16, 4, 8, 3

_EPOCHS = 4
"""Of a trial; the first one, in which the program is compiled and maps are computed, is not timed."""


@dataclass(frozen=True)
class Case:
    """What is compared.

    Attributes:
        encoder: the backbone, with random weights, which take as long.
        side: of the pictures.
        space: what else is set.
        expected: how many times faster trials on kept maps were to be, told before the first run.
    """

    encoder: str
    side: int
    expected: float
    space: Mapping[str, Any] = field(default_factory=dict)


CASES = (
    Case("resnet50", 160, 3.0, {"filters": 8}),
    Case("resnet50", 160, 5.5, {"filters": 4}),
    Case("resnet50", 160, 3.8, {"filters": 8, "convs_per_level": 1}),
    Case("resnet50", 160, 7.0, {"filters": 4, "convs_per_level": 1}),
    Case("resnet101", 160, 4.8, {"filters": 8}),
    Case("resnet152", 160, 6.5, {"filters": 8}),
    Case("mobilenet_v2", 160, 1.5, {"filters": 8}),
    Case("resnet50", 160, 1.8, {"filters": 16}),
    Case("resnet50", 160, 3.5, {"filters": 8, "decoder_output_stride": 2}),
    Case("resnet50", 160, 4.7, {"filters": 8, "decoder_output_stride": 4}),
    Case("resnet50", 160, 2.3, {"filters": 16, "decoder_output_stride": 2}),
    Case("resnet50", 160, 3.0, {"filters": 16, "decoder_output_stride": 4}),
    Case("resnet50", 160, 7.5, {"filters": 4, "decoder_output_stride": 4}),
    Case("resnet50", 160, 6.0, {"filters": 8, "convs_per_level": 1, "decoder_output_stride": 4}),
)


def main() -> None:
    """Print a line of JSON for each case whose number is given."""
    from cnnsearch.training.devices import configure_devices

    configure_devices(1)
    for number in map(int, sys.argv[1:]):
        case = CASES[number]
        print(json.dumps({"case": number, **_measured(case), "load": round(os.getloadavg()[0], 1)}), flush=True)


def _measured(case: Case) -> dict[str, float]:
    """Seconds an epoch of both sides."""
    found: dict[str, list[tuple[float, float]]] = {
        side: _epochs(case, cache=side == "kept") for side in ("kept", "anew")
    }
    return {
        f"{side}_{clock}": statistics.median(epoch[at] for epoch in epochs)
        for side, epochs in found.items()
        for at, clock in enumerate(("cpu", "wall"))
    }


def _epochs(case: Case, cache: bool) -> list[tuple[float, float]]:
    """Seconds of the processor and of the clock of each epoch but the first."""
    from cnnsearch.data.stages import scaling, scaling_of
    from cnnsearch.training.lockstep.running import begun

    experiment, pixels = _experiment(case, cache), _pixels(case.side)
    config = _config(experiment)
    trial = begun(experiment, config, pixels, scaling(pixels, scaling_of(config)), seed=0)
    trial.run_epoch()
    return [_seconds(trial.run_epoch) for _ in range(_EPOCHS - 1)]


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - began


def _experiment(case: Case, cache: bool = True) -> Experiment:
    from cnnsearch.experiment import Experiment

    return Experiment(
        name="encoders",
        model="unet",
        task="segmentation",
        dataset="digit_scenes",
        space={"encoder": case.encoder, "weights": "none", "depth": 5, "batch_size": BATCH, **case.space},
        epochs=_EPOCHS,
        features={"cache": cache},
    )


def _config(experiment: Experiment) -> dict[str, Any]:
    """The only one."""
    return experiment.filled({name: next(iter(each.values())) for name, each in experiment.space.items()})


def _pixels(side: int) -> Pixels:
    from cnnsearch.data.stages import Pixels

    rng = np.random.default_rng(0)
    arrays = []
    for count in (TRAINING, VALIDATION):
        x = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
        arrays += [x, (x[..., 0] // 86).astype(np.uint8)]
    return Pixels(*arrays, ("a", "b", "c"))


def arithmetic(case: Case) -> float:
    """The ratio if each multiplication took as long: training the way up takes three times what telling takes."""
    from cnnsearch.families.transfer.backbone_sizes import backbone_size
    from cnnsearch.families.unet.body import cost

    config = _config(_experiment(case))
    shape = (case.side, case.side, 3)
    known, whole = backbone_size(case.encoder, 1.0), cost(config, shape, CLASSES)
    if known is None or whole is None:
        raise ValueError(f"nothing is known of {case.encoder}")
    encoder = known.encoder(config["depth"]).sizes(shape).macs
    decoder = (whole["macs"] - encoder) * (3 * TRAINING + VALIDATION)
    return float((encoder * (TRAINING + VALIDATION) + decoder) / decoder)


if __name__ == "__main__":
    main()
