"""What the terminal tells of the compressed models of a study, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from rich.table import Table

from cnnsearch.cli.terminal.console import out, plain
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import score, significant
from cnnsearch.report.numbers import size
from cnnsearch.report.views.compressed.info import CompressedInfo, CompressedRow, compressed_info
from cnnsearch.report.views.compressed.loss import Loss
from cnnsearch.report.views.compressed.runtimes import Memory, RuntimeRow
from cnnsearch.study import Study

__all__ = ["compressed_as_json", "print_compressed"]

_WIDEST = 18
"""Letters of a name in one line of a table: those of students may be as long as they differ in parameters."""


def print_compressed(study: Study) -> None:
    """The models side by side, and a sentence for each; nothing where there are none.

    Medians of latencies: a terminal of 80 letters has no room for more, and the report has them.
    """
    info = compressed_info(study)
    for failure in info.failures:
        out.print(failure, markup=False, highlight=False, soft_wrap=True)
    if not info.rows:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold", width=min(_WIDEST, max(len(row.name) for row in info.rows)))
    for column in (info.metric, "95% interval"):
        table.add_column(column, overflow="fold")
    for column in ("agrees", "bytes", "gzipped", "1 thread"):
        table.add_column(column, no_wrap=True, justify="right")
    for row in info.rows:
        table.add_row(*map(plain, _cells(row, info)))
    out.print(table)
    if info.runtimes:
        out.print(_table_of_runtimes(info))
    told = f"on {info.pictures:,} validation pictures; latency of one on {info.machine}"
    inputs = "texts" if study.experiment.family.reads_texts else "pictures"
    for sentence in (*info.sentences, *map(partial(said_of, inputs), (told, *info.cautions))):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _cells(row: CompressedRow, info: CompressedInfo) -> list[str]:
    metric = row.metric
    interval = (
        "-" if metric.low is None else f"{score(metric.low, info.pictures)} to {score(metric.high, info.pictures)}"
    )
    value = "-" if metric.value is None else score(metric.value, info.pictures)
    times = row.milliseconds.get(1)
    latency = "-" if times is None else _milliseconds(times[0])
    agreement = "-" if row.agreement is None else f"{row.agreement:.1%}"
    return [row.name, value, interval, agreement, size(row.bytes), size(row.gzipped), latency]


def _memory(memory: Memory | None) -> str:
    """What the model adds to its process."""
    return "-" if memory is None else size(memory.model)


def _table_of_runtimes(info: CompressedInfo) -> Table:
    """Medians; a terminal has no room for more, and the report has them."""
    table = Table(box=None, pad_edge=False)
    for column, width in (("model", 7), ("runtime", len("ONNX Runtime"))):
        table.add_column(column, no_wrap=True, min_width=width)
    for column in ("bytes", *(f"{count} thread{'s' * (count != 1)}" for count in info.threads), "memory"):
        table.add_column(column, no_wrap=True, justify="right")
    for row in info.runtimes:
        times = [row.milliseconds.get(count) for count in info.threads]
        latencies = ["-" if each is None else _milliseconds(each[0]) for each in times]
        table.add_row(*map(plain, (row.name, row.runtime, size(row.bytes), *latencies, _memory(row.memory))))
    return table


def _milliseconds(value: float) -> str:
    return f"{significant(value)} ms"


def compressed_as_json(study: Study) -> list[dict[str, Any]]:
    """Of JSON types only."""
    info = compressed_info(study)
    return [{**_as_json(row), "chosen": row.name in info.chosen_names} for row in info.rows]


def _as_json(row: CompressedRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "way": dict(row.way),
        "metrics": {one.name: one.to_dict() for one in row.metrics},
        "loss": _loss(row.loss),
        "loss_to_alone": _loss(row.loss_to_alone),
        "agreement": row.agreement,
        "calibration_error": row.calibration,
        "bytes": row.bytes,
        "gzipped": row.gzipped,
        "smaller": row.smaller,
        "faster": row.faster,
        "latency_ms": _latency(row.milliseconds),
        "parameters": row.parameters,
        "macs": row.macs,
        "filters_gone": row.filters_gone,
        "weights_gone": row.weights_gone,
        "best_epochs": dict(row.best_epochs),
        "untimed": dict(row.untimed),
        "runtimes": [_runtime_as_json(each) for each in row.runtimes],
        "on_front": list(row.on_front),
    }


def _loss(loss: Loss | None) -> dict[str, Any] | None:
    return None if loss is None else {**vars(loss), "told": loss.is_told}


def _runtime_as_json(row: RuntimeRow) -> dict[str, Any]:
    memory = None if row.memory is None else vars(row.memory)
    return {
        "runtime": row.runtime,
        "bytes": row.bytes,
        "latency_ms": _latency(row.milliseconds),
        "memory_bytes": memory,
    }


def _latency(milliseconds: Mapping[int, tuple[float, float]]) -> dict[str, dict[str, float]]:
    return {str(threads): {"median": m, "p95": p} for threads, (m, p) in milliseconds.items()}
