"""The page: how many times faster trials are whose encoder is computed once."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.encoders.trials import BATCH, CASES, CLASSES, TRAINING, VALIDATION, Case, arithmetic
from benchmarks.results import as_table

__all__ = ["render"]

_INTRO = f"""# Frozen encoders of U-Nets, computed once

Trials of `unet` behind a frozen backbone at depth 5, on maps that were kept and with the backbone run in every epoch,
in one process on one thread, one after the other: {TRAINING} training and {VALIDATION} validation pictures in {CLASSES}
classes, batches of {BATCH}. What is compared are epochs after the first, as of trials whose program is compiled and
whose maps are there. Seconds are of the processor, since the machine was busy; the ratio by the clock stands beside it.
By arithmetic it would be that of the multiplications, where training the way up counts three times. Medians of three
epochs, and of the runs.

    python -m benchmarks encoders"""

_PROFILE = """A profile of the first case (2026-11-28, TensorFlow's own, the least of four steps) says what a trial on
kept maps spends: convolutions 68 %, batch normalisation 12 %, the softmax of every pixel 11 %, reading and gathering
the maps less than 2 %. So nothing is gained by smaller maps or by reading them ahead; what makes such trials faster is
less way up. Other forms of the softmax in the graph were measured beside TensorFlow's: 7 of 290 ms a step less with
three classes, and more with many, so that it stays.

Rows with `decoder_output_stride` are of 2026-11-29, one run each on a machine with a load of 5 to 13; the others are of
the day before. A way up that ends at a quarter of the sides took half of the time of the first row, and was 4.1 times
as fast on kept maps; 4.7 had been expected. By arithmetic the deep levels are what is left: their kernels have the most
channels.

What it costs, on the scenes of `search_spaces/segmentation_unet.yaml` (24x24, strokes of one or two pixels; depth 3, 12
filters, 16 epochs, 269 training and 90 validation pictures): mean IoU of validation was 0.91 with a stride of 1, 0.73
with 2 and 0.50 with 4, on one seed. So the example has no stride. What it costs of larger objects was not measured."""

_HEAD = (
    "encoder",
    "pictures",
    "way up",
    "kept, s",
    "anew, s",
    "expected",
    "ratio",
    "by the clock",
    "by arithmetic",
    "runs",
)


def render(lines: Sequence[Mapping[str, Any]]) -> str:
    """The page in Markdown."""
    numbers = sorted({line["case"] for line in lines})
    rows = [_row(CASES[number], [line for line in lines if line["case"] == number]) for number in numbers]
    measured = f"Measured {max(line['date'] for line in lines)}."
    return "\n".join([_INTRO, "", measured, "", as_table(_HEAD, rows), "", _PROFILE, ""])


def _row(case: Case, lines: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Ratios are of sides that ran in one process."""
    way = ", ".join(f"{name} {value}" for name, value in case.space.items())
    seconds = [statistics.median(line[side] for line in lines) for side in ("kept_cpu", "anew_cpu")]
    ratios = [
        statistics.median(line[f"anew_{clock}"] / line[f"kept_{clock}"] for line in lines) for clock in ("cpu", "wall")
    ]
    told = (case.expected, *ratios, arithmetic(case))
    numbers = (*(f"{each:.2f}" for each in seconds), *(f"{each:.1f}" for each in told))
    return (case.encoder, f"{case.side}x{case.side}", way, *numbers, str(len(lines)))
