"""Experiment: the frozen description of one sweep, one YAML file, validated."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cnnsearch.catalog.families import FAMILIES, FamilySpec
from cnnsearch.catalog.objectives import METRICS, Mode
from cnnsearch.catalog.preprocessing import PREPROCESSING
from cnnsearch.catalog.samplers import SAMPLERS, SamplerSpec
from cnnsearch.catalog.schedulers import SCHEDULERS, SchedulerSpec
from cnnsearch.catalog.sources import ArraysSource, ImageSize, SklearnSource, Source
from cnnsearch.catalog.table import Table
from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment_schema import sampler_schema, scheduler_schema, space_schema
from cnnsearch.space import Parameter, Space, parse_parameter

__all__ = ["FORMAT", "Budget", "EarlyStopping", "Experiment", "Objective", "Preprocessing", "Resources", "parse_value"]

FORMAT = 1
"""Version of the experiment file's format."""

_SHORTHANDS = {"objective": "metric", "sampler": "name", "scheduler": "name"}
"""Sections that may be written as one word: ``sampler: tpe`` is ``sampler: {name: tpe}``."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Preprocessing(_Section):
    """What every picture goes through before the network; what the space names comes from there instead.

    Attributes:
        image_size: ``[height, width]`` in pixels, or one number for a square; over ``dataset.image_size``.
        scaling: ``unit`` (to 0..1), ``standardize`` (by channel, statistics of the training split only) or ``none``.
    """

    image_size: ImageSize | None = None
    scaling: Literal["unit", "standardize", "none"] = "unit"


class EarlyStopping(_Section):
    """A trial ends when its objective has not improved for ``patience`` epochs; its best weights are restored.

    Attributes:
        patience: epochs without an improvement.
        min_delta: the least change that counts as an improvement, in units of the objective.
    """

    patience: Annotated[int, Field(ge=1)]
    min_delta: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0


class Objective(_Section):
    """What the search aims at.

    Attributes:
        metric: ``val_accuracy``, ``val_loss`` or ``val_f1`` (macro average).
        mode: ``max`` or ``min``; left out, the metric's own direction.
    """

    metric: Literal["val_accuracy", "val_loss", "val_f1"]
    mode: Literal["max", "min"] | None = None

    def model_post_init(self, _: Any) -> None:
        natural: Mode = METRICS[self.metric]
        if self.mode is None:
            object.__setattr__(self, "mode", natural)
        elif self.mode != natural:
            raise PydanticCustomError(
                "mode", "{metric} is better when {way}: leave mode out", {"metric": self.metric, "way": _way(natural)}
            )

    @property
    def sign(self) -> float:
        """+1 where more is better, -1 where less is: ``sign * value`` is always better when larger."""
        return 1.0 if self.mode == "max" else -1.0


class Budget(_Section):
    """Where the sweep ends: after so many ``trials`` or ``minutes``, whichever comes first; one of them is given."""

    trials: Annotated[int, Field(ge=1)] | None = None
    minutes: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None

    def model_post_init(self, _: Any) -> None:
        if self.trials is None and self.minutes is None:
            raise PydanticCustomError("budget", "needs trials, minutes or both, as {{trials: 40, minutes: 10}}")


class Resources(_Section):
    """What one trial holds while it runs.

    Attributes:
        cpus: CPUs, also the number of threads that TensorFlow may use.
        gpus: GPUs; a fraction lets several trials share one.
        max_concurrent: the highest number of trials at once; ``null``: what the machine or cluster holds.
    """

    cpus: Annotated[int, Field(ge=1)] = 1
    gpus: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    max_concurrent: Annotated[int, Field(ge=1)] | None = None


def _named(table: Table[Any], value: Any) -> Any:
    """``{name: tpe, startup_trials: 10}`` checked against the catalog, with every default filled in."""
    if not isinstance(value, Mapping):
        raise _problems([Problem("", f"must be a name or a mapping with a name; {nearest(value, table)}", value)])
    spec: SamplerSpec | SchedulerSpec
    options = {key: item for key, item in value.items() if key != "name"}
    try:
        spec = table.find(value.get("name", ""), "")
    except InputError as error:
        raise _problems(error.problems) from None
    problems = []
    for key, item in options.items():
        if key not in spec.options:
            known = nearest(key, spec.options) if spec.options else "it has none"
            problems.append(Problem(key, f"not an option of {table.what} '{spec.name}'; {known}"))
        elif not spec.options[key].accepts(item):
            problems.append(Problem(key, f"must be {spec.options[key].rule}", item))
    if problems:
        raise _problems(problems)
    return {"name": spec.name, **spec.options.filled(options)}


def _space(value: Any) -> Space:
    if isinstance(value, Space):
        return value
    if not isinstance(value, Mapping):
        raise _problems(
            [Problem("", "must map parameters to what they may be, as {filters: {choice: [8, 16]}}", value)]
        )
    try:
        return Space.from_dict(value)
    except InputError as error:
        raise _problems(error.problems) from None


def _source(value: Any) -> Any:
    """``digits`` is ``{source: digits}``; a pair of arrays is ``{source: arrays, x: ..., y: ...}``."""
    if isinstance(value, str):
        return {"source": value}
    if isinstance(value, tuple) and len(value) == 2:
        return ArraysSource(x=value[0], y=value[1])
    return value


def _shorthand(key: str) -> BeforeValidator:
    return BeforeValidator(lambda value: {_SHORTHANDS[key]: value} if isinstance(value, str) else value)


class Experiment(BaseModel):
    """One sweep: data, preprocessing, model family, space, objective, sampler, scheduler, budget, resources, seed.

    ``Experiment.from_yaml(path)``, or from Python with the same keys; ``dataset=(x, y)`` takes arrays in memory and
    ``space`` also a :class:`~cnnsearch.Space`.

    Raises:
        InputError: with every problem found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    dataset: Annotated[Source, BeforeValidator(_source)] = SklearnSource()
    preprocessing: Preprocessing = Preprocessing()
    model: str = "cnn"
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 20
    early_stopping: EarlyStopping | None = None
    space: Annotated[
        Space,
        BeforeValidator(_space),
        PlainSerializer(lambda space: space.to_dict()),
        WithJsonSchema(space_schema()),
    ]
    objective: Annotated[Objective, _shorthand("objective")] = Objective(metric="val_accuracy")
    sampler: Annotated[
        dict[str, Any],
        BeforeValidator(lambda value: _named(SAMPLERS, value)),
        _shorthand("sampler"),
        WithJsonSchema(sampler_schema()),
    ] = Field(default="tpe", validate_default=True)  # type: ignore[assignment]
    scheduler: Annotated[
        dict[str, Any],
        BeforeValidator(lambda value: _named(SCHEDULERS, value)),
        _shorthand("scheduler"),
        WithJsonSchema(scheduler_schema()),
    ] = Field(default="asha", validate_default=True)  # type: ignore[assignment]
    budget: Budget = Budget(trials=40)
    resources: Resources = Resources()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    def __init__(self, /, **keys: Any) -> None:
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise InputError([*_translate(error), *_cross_problems(keys)]) from None
        problems = _cross_problems(keys)
        if problems:
            raise InputError(problems)

    @property
    def family(self) -> FamilySpec:
        """The declaration of the model family."""
        return FAMILIES[self.model]

    def filled(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """``config`` with every parameter that it does not name: preprocessing's settings, the family's defaults."""
        settings = self.preprocessing.model_dump()
        if settings["image_size"] is None:
            settings["image_size"] = self.dataset.image_size
        return {**self.family.searchable.filled({}), **settings, **config}

    def updated(self, overrides: Mapping[str, Any]) -> Experiment:
        """This experiment with some keys replaced; dotted keys reach inside, as ``{"budget.trials": 6}``.

        Raises:
            InputError: a key is unknown or its value not valid.
        """
        return _checked(_override(self.to_dict(), overrides), self.dataset)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Experiment:
        """The inverse of :meth:`to_dict`."""
        return _checked(dict(given), None)

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None) -> Experiment:
        """Read an experiment file; relative paths in it are relative to the working directory.

        Args:
            path: the file.
            overrides: dotted key -> value, replacing what the file says, as ``{"space.filters": {"choice": [8]}}``.

        Raises:
            InputError: the file cannot be read or is not valid; names the file, and the line of each problem.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(Problem("", f"cannot read the experiment file: {_reason(error)}"), str(path)) from None
        try:
            return _checked(_override(_parse(text), overrides or {}), None)
        except InputError as error:
            lines = _lines(text)
            problems = [
                Problem(_with_line(problem.where, lines, overrides or {}), problem.rule, problem.value)
                for problem in error.problems
            ]
            raise InputError(problems, str(path)) from None

    def to_dict(self) -> dict[str, Any]:
        """Every key with its value, of JSON types only; arrays in memory are left out."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The experiment as a file, with its format version and every default written out."""
        stream = io.StringIO()
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = None
        yaml.width = 110
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        yaml.dump({"format": FORMAT, **self.to_dict()}, stream)
        return stream.getvalue()


def _checked(raw: dict[str, Any], arrays: Any) -> Experiment:
    version = raw.pop("format", FORMAT)
    if version != FORMAT:
        raise InputError(Problem("format", f"this version of cnnsearch reads format {FORMAT}", version))
    source = raw.get("dataset")
    if isinstance(source, Mapping) and source.get("source") == "arrays" and isinstance(arrays, ArraysSource):
        raw["dataset"] = arrays.model_copy(update={key: value for key, value in source.items() if key != "source"})
    return Experiment(**{str(key): value for key, value in raw.items()})


def parse_value(text: str) -> Any:
    """What ``text`` means as YAML, as the right side of ``--set KEY=VALUE``.

    Raises:
        InputError: it is not valid YAML.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = " ".join((error.problem or "not valid").split())
        raise InputError(Problem(where, f"is not valid YAML: {what}")) from None
    except (YAMLError, ValueError) as error:
        raise InputError(Problem("", f"is not valid YAML: {error}")) from None


def _parse(text: str) -> dict[str, Any]:
    raw = parse_value(text)
    if not isinstance(raw, dict):
        raise InputError(Problem("", "an experiment file is a mapping that starts with 'name: ...'", raw or "nothing"))
    return raw


def _override(raw: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        target = raw
        for section in sections:
            inner = target.get(section, {})
            if not isinstance(inner, Mapping):
                # 'sampler: tpe' with --set sampler.startup_trials=5
                inner = {_SHORTHANDS[section]: inner} if section in _SHORTHANDS else {}
            target[section] = dict(inner)
            target = target[section]
        target[last] = value
    return raw


def _problems(problems: Sequence[Problem]) -> PydanticCustomError:
    """Carries several problems of one section through pydantic."""
    return PydanticCustomError("problems", "several problems", {"problems": tuple(problems)})


def _translate(error: ValidationError) -> list[Problem]:
    """Pydantic's errors in this project's words."""
    found = []
    for item in error.errors(include_url=False):
        path = [str(part) for part in item["loc"]]
        if path and path[0] == "dataset" and len(path) > 1:
            path.pop(1)  # the tag of the union
        where = ".".join(path)
        if item["type"] == "problems":
            for problem in item["ctx"]["problems"]:
                inner = f"{where}.{problem.where}" if problem.where else where
                found.append(Problem(inner, problem.rule, problem.value))
            continue
        value = item.get("input")
        shown = None if isinstance(value, Mapping) or item["type"] in ("extra_forbidden", "missing") else value
        found.append(Problem(where, _rule(item, path), shown))
    return found


def _rule(item: Any, path: list[str]) -> str:
    kind = item["type"]
    if kind == "extra_forbidden":
        return f"unknown key; {nearest(path[-1], _keys_at(path[:-1], item))}"
    if kind == "missing":
        return "is missing; every experiment needs it" if len(path) == 1 else "is missing"
    if kind == "union_tag_invalid":
        names = item["ctx"]["expected_tags"].replace("'", "").split(", ")
        return f"unknown data source; {nearest(item['ctx']['tag'], [name for name in names if name != 'arrays'])}"
    if kind == "union_tag_not_found":
        return "needs the key 'source', as {source: digits}"
    message: str = item["msg"]
    return message[0].lower() + message[1:]


def _keys_at(path: list[str], item: Any) -> list[str]:
    """The valid keys of the section at ``path``."""
    if not path:
        return list(Experiment.model_fields)
    if path[0] == "dataset":
        for source in get_args(get_args(Source)[0]):
            if item["loc"][1] in get_args(source.model_fields["source"].annotation):
                return list(source.model_fields)
    annotation = Experiment.model_fields[path[0]].annotation
    section = next((kind for kind in (annotation, *getattr(annotation, "__args__", ())) if _is_section(kind)), None)
    return list(section.model_fields) if section else []


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _cross_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """What no section can tell alone: model and space, sampler and space. Reads the keys as they were given."""
    model = keys.get("model", "cnn")
    if not isinstance(model, str) or model not in FAMILIES:
        return [Problem("model", f"unknown model family; {nearest(model, FAMILIES)}", model)]
    given = keys.get("space", {})
    if not isinstance(given, (Mapping, Space)):
        return []
    searchable = FAMILIES[model].searchable
    problems = [
        Problem(f"space.{name}", f"not a parameter of model '{model}'; {nearest(name, searchable)}")
        for name in given
        if name not in searchable
    ]
    space = _parameters(given)
    for name, parameter in space.items():
        refused = searchable[name].refused(parameter) if name in searchable else None
        if refused is not None:
            problems.append(Problem(f"space.{name}", f"must be {searchable[name].rule}", refused))
    if not given:
        problems.append(Problem("space", "names no parameter, so there is nothing to search"))
    sampler = keys.get("sampler")
    options = {"name": sampler} if isinstance(sampler, str) else sampler
    if isinstance(options, Mapping) and options.get("name") == "grid" and options.get("points") is None:
        problems += [
            Problem(f"space.{name}", "sampler grid needs a step here, a choice, or sampler: {name: grid, points: 5}")
            for name in space
            if space[name].size is None
        ]
    settings = keys.get("preprocessing")
    if isinstance(settings, Mapping):
        problems += [
            Problem(f"preprocessing.{name}", "stands in the space too; leave it out of one of them")
            for name in PREPROCESSING
            if name in space and settings.get(name) not in (None, PREPROCESSING[name].default)
        ]
    return problems


def _parameters(given: Mapping[str, Any]) -> dict[str, Parameter]:
    """Those parameters of a space that are valid by themselves."""
    valid = {}
    for name, value in given.items():
        try:
            valid[str(name)] = value if isinstance(value, Parameter) else parse_parameter(value)
        except InputError:
            continue  # told by the space's own validation
    return valid


def _lines(text: str) -> dict[str, int]:
    """Key path -> line (from 1) of an experiment file; empty where the file cannot be parsed."""
    found: dict[str, int] = {}

    def walk(node: Any, prefix: str) -> None:
        if not isinstance(node, Mapping):
            return
        for key, value in node.items():
            path = f"{prefix}.{key}" if prefix else str(key)
            found[path] = node.lc.key(key)[0] + 1  # type: ignore[attr-defined]
            walk(value, path)

    try:
        walk(YAML(typ="rt").load(text), "")
    except (YAMLError, ValueError):
        return {}
    return found


def _with_line(where: str, lines: Mapping[str, int], overrides: Mapping[str, Any]) -> str:
    """The key path, with the line of the nearest key that the file itself has."""
    if any(where == dotted or where.startswith(dotted + ".") for dotted in overrides):
        return f"--set {where}"
    path = where
    while path:
        if path in lines:
            return f"line {lines[path]}: {where}"
        path = path.rpartition(".")[0]
    return where


def _way(mode: Mode) -> str:
    return "larger" if mode == "max" else "smaller"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
