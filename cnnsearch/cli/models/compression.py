"""``cnnsearch compress``: the best model made smaller or faster for a device."""

from __future__ import annotations

import typer

from cnnsearch.cli.models.compressed import compressed_as_json, print_compressed
from cnnsearch.cli.models.students import read_student
from cnnsearch.cli.models.ways import (
    Alone,
    Distill,
    Ends,
    Epochs,
    LearningRate,
    Lose,
    Prune,
    PruneBy,
    Quantize,
    Seeds,
    Step,
    StudentEpochs,
    StudentSeed,
    Temperature,
    Then,
    Trials,
    Unstructured,
    Weight,
)
from cnnsearch.cli.studies import AsJson, Moved, Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import print_json, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.compression.choosing.spec import asked_of, shares_between
from cnnsearch.compression.distillation.spec import distillations_of
from cnnsearch.compression.spec import ways_of
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["compress"]


def compress(
    study: StudyName,
    quantize: Quantize = None,
    io: Ends = "float",
    prune: Prune = None,
    unstructured: Unstructured = False,
    prune_by: PruneBy = None,
    epochs: Epochs = None,
    learning_rate: LearningRate = None,
    distill: Distill = None,
    temperature: Temperature = None,
    weight: Weight = None,
    student_epochs: StudentEpochs = None,
    student_seed: StudentSeed = None,
    alone: Alone = False,
    seeds: Seeds = None,
    step: Step = None,
    lose: Lose = None,
    then: Then = None,
    trials: Trials = None,
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
