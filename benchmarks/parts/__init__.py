"""The parts of the benchmark, by the names of the command line, in the order of the page."""

from __future__ import annotations

from benchmarks.parts import (
    augmentation,
    hyperband,
    many_workers,
    memory,
    overhead,
    proposals,
    report,
    scaling,
    throughput,
    transfer_accuracy,
)
from benchmarks.parts.part import Part

__all__ = ["PARTS", "Part"]

PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        throughput.DIGITS_FEW,
        throughput.DIGITS_MANY,
        throughput.FASHION,
        throughput.TRANSFER,
        throughput.UNFROZEN,
        transfer_accuracy.TRANSFER_ACCURACY,
        hyperband.HYPERBAND,
        scaling.SCALING,
        overhead.OVERHEAD,
        proposals.PROPOSALS,
        memory.MEMORY,
        many_workers.MANY_WORKERS,
        augmentation.AUGMENTATION,
        report.REPORT,
    )
}
