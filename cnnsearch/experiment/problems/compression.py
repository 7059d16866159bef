"""What cannot be made of the best model of an experiment, told before it is searched for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.students import student_problems, teaching_problem

if TYPE_CHECKING:
    from cnnsearch.experiment.compression import Compression, Distill
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["compression_problems"]

_SEVERAL = "final: ensemble, or ensemble with refit, makes the best model of several: write keep, or refit without it"


def compression_problems(experiment: Experiment) -> Iterator[Problem]:
    """What of an experiment does not go together with what it asks for in ``compression``."""
    if not experiment.compression:
        return
    if experiment.evaluation is not None:
        rule = "measures by the validation split, and with evaluation there is none: search the best config without it"
        yield Problem("compression", rule)
    if experiment.budget.all:
        rule = "takes a time that is not known before, and budget.all promises one: leave it out, or compress later by "
        yield Problem("compression", f"{rule}cnnsearch compress")
    for number, section in enumerate(experiment.compression):
        yield from _of_section(experiment, section, f"compression.{number}")
    names = Counter(way.name for way in experiment.ways)
    for name, count in names.items():
        if count > 1:
            yield Problem("compression", f"asks for {name} in two ways, and a study keeps one of each name")


def _of_section(experiment: Experiment, section: Compression, where: str) -> Iterator[Problem]:
    family = experiment.family
    if section.io == "int8" and family.reads_texts:
        rule = f"int8 is for pictures: {experiment.model} takes numbers of tokens"
        yield Problem(f"{where}.io", rule, section.io)
    if section.distill is not None:
        yield from _of_students(experiment, section.distill, f"{where}.distill")
    if "onnx-int8" in section.quantize and family.reads_texts:
        rule = f"is for pictures: {experiment.model} takes numbers of tokens; int8 and dynamic take it"
        yield Problem(f"{where}.quantize", rule, "onnx-int8")
    if "qat" in section.quantize and not (family.prunes or family.is_own):
        rule = f"trains convolutions for int8, and no network of {experiment.model}: int8 needs no training"
        yield Problem(f"{where}.quantize", rule, "qat")
    elif "qat" in section.quantize and section.distill is None and experiment.ships_ensemble:
        rule = f"is of one network, and {_SEVERAL}"
        yield Problem(f"{where}.quantize", rule, "qat")
    if section.prune is not None and not (family.prunes or family.is_own):
        rule = f"removes filters of convolutions, and a network of {experiment.model} is not built anew so"
        yield Problem(f"{where}.prune", rule)
    elif section.prune is not None and section.distill is None and experiment.ships_ensemble:
        rule = f"is of one network, and {_SEVERAL}, or have it teach a student that is pruned"
        yield Problem(f"{where}.prune", rule)


def _of_students(experiment: Experiment, distill: Distill, where: str) -> Iterator[Problem]:
    if rule := teaching_problem(experiment, distill.temperature):
        told = distill.temperature if experiment.predicted.teaches else None
        yield Problem(where if told is None else f"{where}.temperature", rule, told)
    for each in distill.distillations:
        yield from student_problems(experiment, dict(each.student), f"{where}.student")
