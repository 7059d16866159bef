"""``cnnsearch spaces`` and ``schema``: what may stand in an experiment file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cnnsearch.cli.terminal.console import out, plain, print_json
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.extent import in_words, size_of_search
from cnnsearch.families import FAMILIES, FamilySpec, declaration_of, installed, shadowed, spec_of
from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION, PREPROCESSING
from cnnsearch.space.specs import Parameters
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import aim_of

__all__ = ["schema", "spaces"]


def spaces(
    folder: Annotated[Path, typer.Option(help="Folder of experiment files.")] = Path("search_spaces"),
) -> None:
    """List the model families and tasks, their parameters, and the experiment files found."""
    for spec in (*(family.spec for family in FAMILIES.values()), *_installed()):
        out.print(Text(f"model: {spec.name}", style="bold").append(f"  {spec.doc}", style="default"))
        _print_parameters(spec.parameters)
        _print_switches(spec)
        _print_advice(spec)
    out.print(Text("training, for every family", style="bold"))
    _print_parameters(TRAINING)
    for task in TASKS.values():
        out.print(Text(f"task: {task.name}, for every family", style="bold").append(f"  {task.doc}", style="default"))
        _print_parameters(task.parameters)
        names = [*(metric.name for metric in task.metrics), *(f"{metric.name}[NAME]" for metric in task.each)]
        aims = ", ".join(map(aim_of, names))
        out.print(Text("  objective", style="cyan").append(f": {aims}, package.module:function", style="default"))
    out.print(Text("preprocessing, for every family", style="bold"))
    _print_parameters(PREPROCESSING)
    out.print(Text("augmentation, for every family", style="bold"))
    _print_parameters(AUGMENTATION)
    out.print(plain(f"experiment files in {folder}"), style="bold")
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for path in files:
        out.print("  ", plain(f"{path}  {_described(path)}"), soft_wrap=True)
    if not files:
        out.print("  none")


def schema() -> None:
    """Print the JSON Schema of experiment files, so that an editor completes them."""
    content = Experiment.model_json_schema()
    content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    content["properties"]["format"] = {"const": 1, "description": "version of the file's format"}
    print_json(content)


def _installed() -> Iterator[FamilySpec]:
    """Families of installed packages; what they declare is told by their code."""
    for name, model in installed().items():
        try:
            declared = spec_of(model, [], declaration=declaration_of(model))
        except InputError as error:
            declared = FamilySpec(name, f"cannot be used: {error.problems[0]}", Parameters(), is_own=True)
        yield replace(declared, name=name)
    for name, model in shadowed().items():
        rule = f"'{name}' is cnnsearch's own; an installed package's of that name is found by its module alone"
        yield FamilySpec(model, rule, Parameters(), is_own=True)


def _print_parameters(parameters: Parameters) -> None:
    for spec in parameters.values():
        kind = "structural" if spec.structural else "runtime"
        sensible = spec.sensible.to_dict() if spec.sensible else {}
        line = Text(f"  {spec.name}", style="cyan").append(f" = {_written(spec.default)}", style="default")
        line.append("".join(f"; {key}: {value}" for key, value in sensible.items()), style="default")
        out.print(line.append(f"; {kind}", style="dim"), soft_wrap=True)
        out.print(Text(f"      {spec.told}"), soft_wrap=True)
        if spec.kind == "choice" and not set(spec.options) <= set(spec.sensible.values() if spec.sensible else ()):
            out.print(Text(f"      {spec.rule}"), soft_wrap=True)


def _print_switches(family: FamilySpec) -> None:
    """Which parameters of every family, or of tasks, some networks of this one do not read."""
    for where, names in family.conditions.items():
        out.print(Text(f"  read only {where}: {', '.join(names)}"), soft_wrap=True)


def _print_advice(spec: FamilySpec) -> None:
    """What a search of the family begins with, where that is not the default."""
    if spec.recommended:
        out.print(Text(f"recommended to begin with, of model {spec.name} (start: recommended)", style="bold"))
    for name, value in spec.recommendation.items():
        line = Text(f"  {name}", style="cyan").append(f" = {_written(value)}", style="default")
        out.print(line.append(f"; {spec.recommended[name].reason}", style="dim"), soft_wrap=True)


def _written(value: object) -> str:
    """A default as it would stand in a file."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _described(path: Path) -> str:
    try:
        experiment = Experiment.from_yaml(path)
    except InputError as error:
        return f"not valid: {error.problems[0]}"
    points = experiment.sampler.get("points")
    return (
        f"{experiment.name}: model {experiment.model} on {experiment.dataset.source}, "
        f"{len(experiment.space.searched)} parameters searched, "
        + in_words(size_of_search(experiment), experiment.space.kept_to(()).size(points))
    )
