"""``cnnsearch compress``: the best model made smaller or faster for a device, and what ``show`` tells of that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table

from cnnsearch.cli.models.students import read_student
from cnnsearch.cli.studies import AsJson, Moved, Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import out, plain, print_json, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.compression.choosing.spec import TRIALS, asked_of, shares_between
from cnnsearch.compression.distillation.spec import TEMPERATURE, WEIGHT, distillations_of
from cnnsearch.compression.spec import EPOCHS, ways_of
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import score, significant
from cnnsearch.report.numbers import size
from cnnsearch.report.views.compressed.info import (
    CompressedInfo,
    CompressedRow,
    Loss,
    Memory,
    RuntimeRow,
    compressed_info,
)
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["compress", "compressed_as_json", "print_compressed"]

_WIDEST = 18
"""Letters of a name in one line of a table: those of students may be as long as they differ in parameters."""


def compress(
    study: StudyName,
    quantize: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WAY",
            help="float16: weights in half precision; dynamic: weights in int8; int8: all in int8; qat: the same after "
            "training that knows of it; onnx-int8: for ONNX Runtime. May stand twice.",
        ),
    ] = None,
    io: Annotated[
        str, typer.Option(help="Of int8 and qat: float, it takes and gives what the float model does; int8: integers.")
    ] = "float",
    prune: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SHARE",
            help="Of the filters of each layer, above 0 and below 1, that go before anything is quantized. May stand "
            "twice.",
        ),
    ] = None,
    unstructured: Annotated[
        bool,
        typer.Option(
            "--unstructured",
            help="With --prune: no filters go, but that share of the weights of each layer becomes 0. The files are "
            "smaller when they are packed, and no faster.",
        ),
    ] = False,
    prune_by: Annotated[
        str | None,
        typer.Option(
            metavar="MEASURE",
            help="Which filters go. l1, where left out: those of the least absolute weights; batch_normalization: of "
            "the least scales.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help=f"Of training while it is pruned or then, or for qat; left out, {EPOCHS}.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of that training; left out, a tenth of the trial's.")
    ] = None,
    distill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARAMETER=VALUE,...",
            help="A smaller network that learns what the best model tells, and takes its place: in what it differs, as "
            "filters=8,conv_blocks=2. May stand twice.",
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help=f"By which logits are divided, so that small probabilities count; left out, {TEMPERATURE:g}."
        ),
    ] = None,
    weight: Annotated[
        float | None, typer.Option(help=f"Share of its loss that goes by the best model; left out, {WEIGHT:g}.")
    ] = None,
    student_epochs: Annotated[int | None, typer.Option(help="Of its training; left out, those of a trial.")] = None,
    student_seed: Annotated[
        int | None, typer.Option(help="Of its weights and draws, later ones too; left out, the experiment's.")
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Train it without the best model too, to see what that teaches.")
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(
            help="Trainings of each that is trained, on seeds of their own; left out, 1. The file is that of the "
            "first, and what is lost the mean of all."
        ),
    ] = None,
    step: Annotated[
        float | None, typer.Option(help="--prune stands for two shares, and means all between them, so far apart.")
    ] = None,
    lose: Annotated[
        float | None,
        typer.Option(
            help="Choose the smallest of those whose metric is at most so much worse than the float model's. What the "
            "study has already is not made again."
        ),
    ] = None,
    then: Annotated[
        str | None,
        typer.Option(
            metavar="COST", help="With --lose. bytes: the smallest; gzipped: when packed; latency: the fastest."
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            help=f"Shares of --prune that are tried with --lose, at most; left out, {TRIALS}. Where there are more the "
            "most that may go is found by halving."
        ),
    ] = None,
    output: Output = DEFAULT_OUTPUT,
    moved: Moved = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Compress a study's best model for a device, and measure it beside the float model on the validation split.

    What is made lies in the study's folder compressed, as .tflite files, or .onnx.
    """
    named = list(map(read_student, distill or []))
    students = distillations_of(named, temperature, weight, student_epochs, alone=alone, seed=student_seed)
    shares = (prune or []) if step is None else shares_between(prune or [], step)
    given = quantize or [], io, shares, prune_by, epochs, learning_rate, students
    ways = ways_of(*given, structured=not unstructured, seeds=seeds)
    asked = asked_of(ways, lose, then, trials)
    found = load_study(study, output)

    from cnnsearch.sweep.compress import compress_study

    def observe(told: str) -> None:
        status.print(told, markup=False, highlight=False)

    failures = compress_study(found, asked, moved, asking(trust), observe)
    made = Study.load(found.store)
    if as_json:
        print_json(compressed_as_json(made))
    else:
        tell_model(made)
        print_compressed(made)
    for failure in failures:
        status.print(failure, markup=False, soft_wrap=True)
    if failures:
        raise typer.Exit(1)


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
