"""Options of ``cnnsearch compress``: what is made of the best model, and which of it is chosen."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnsearch.compression.choosing.spec import TRIALS
from cnnsearch.compression.distillation.spec import TEMPERATURE, WEIGHT
from cnnsearch.compression.spec import EPOCHS

__all__ = [
    "Alone",
    "Distill",
    "Ends",
    "Epochs",
    "LearningRate",
    "Lose",
    "Prune",
    "PruneBy",
    "Quantize",
    "Seeds",
    "Step",
    "StudentEpochs",
    "StudentSeed",
    "Temperature",
    "Then",
    "Trials",
    "Unstructured",
    "Weight",
]

Quantize = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WAY",
        help="float16: weights in half precision; dynamic: weights in int8; int8: all in int8; qat: the same after "
        "training that knows of it; onnx-int8: for ONNX Runtime. May stand twice.",
    ),
]

Ends = Annotated[
    str, typer.Option(help="Of int8 and qat: float, it takes and gives what the float model does; int8: integers.")
]

Prune = Annotated[
    list[float] | None,
    typer.Option(
        metavar="SHARE",
        help="Of the filters of each layer, above 0 and below 1, that go before anything is quantized. May stand "
        "twice.",
    ),
]

Unstructured = Annotated[
    bool,
    typer.Option(
        "--unstructured",
        help="With --prune: no filters go, but that share of the weights of each layer becomes 0. The files are "
        "smaller when they are packed, and no faster.",
    ),
]

PruneBy = Annotated[
    str | None,
    typer.Option(
        metavar="MEASURE",
        help="Which filters go. l1, where left out: those of the least absolute weights; batch_normalization: of "
        "the least scales.",
    ),
]

Epochs = Annotated[
    int | None, typer.Option(help=f"Of training while it is pruned or then, or for qat; left out, {EPOCHS}.")
]

LearningRate = Annotated[
    float | None,
    typer.Option(help="Of that training; left out, a tenth of the trial's, of qat of transfer a hundredth."),
]

Distill = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PARAMETER=VALUE,...",
        help="A smaller network that learns what the best model tells, and takes its place: in what it differs, as "
        "filters=8,conv_blocks=2. May stand twice.",
    ),
]

Temperature = Annotated[
    float | None,
    typer.Option(help=f"By which logits are divided, so that small probabilities count; left out, {TEMPERATURE:g}."),
]

Weight = Annotated[
    float | None, typer.Option(help=f"Share of its loss that goes by the best model; left out, {WEIGHT:g}.")
]

StudentEpochs = Annotated[int | None, typer.Option(help="Of its training; left out, those of a trial.")]

StudentSeed = Annotated[
    int | None, typer.Option(help="Of its weights and draws, later ones too; left out, the experiment's.")
]

Alone = Annotated[bool, typer.Option("--alone", help="Train it without the best model too, to see what that teaches.")]

Seeds = Annotated[
    int | None,
    typer.Option(
        help="Trainings of each that is trained, on seeds of their own; left out, 1. The file is that of the "
        "first, and what is lost the mean of all."
    ),
]

Step = Annotated[
    float | None, typer.Option(help="--prune stands for two shares, and means all between them, so far apart.")
]

Lose = Annotated[
    float | None,
    typer.Option(
        help="Choose the smallest of those whose metric is at most so much worse than the float model's. What the "
        "study has already is not made again."
    ),
]

Then = Annotated[
    str | None,
    typer.Option(metavar="COST", help="With --lose. bytes: the smallest; gzipped: when packed; latency: the fastest."),
]

Trials = Annotated[
    int | None,
    typer.Option(
        help=f"Shares of --prune that are tried with --lose, at most; left out, {TRIALS}. Where there are more the "
        "most that may go is found by halving."
    ),
]
