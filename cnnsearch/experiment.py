"""Experiment: the frozen description of one sweep, one YAML file, validated."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticUndefined
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cnnsearch.catalog.families import FAMILIES, FamilySpec
from cnnsearch.catalog.objectives import METRICS, Mode
from cnnsearch.catalog.preprocessing import PREPROCESSING
from cnnsearch.catalog.samplers import SAMPLERS, SamplerSpec
from cnnsearch.catalog.schedulers import SCHEDULERS, SchedulerSpec
from cnnsearch.catalog.sources import SOURCES, ArraysSource, FileSource, ImageSize, SklearnSource, Source
from cnnsearch.catalog.table import Table
from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment_schema import in_words, sampler_schema, scheduler_schema, space_schema
from cnnsearch.space import Parameter, Space, parse_parameter, same, shown

__all__ = ["FORMAT", "Budget", "EarlyStopping", "Experiment", "Objective", "Preprocessing", "Resources", "parse_value"]

FORMAT = 1
"""Version of the experiment file's format."""

MAX_GRID = 1_000_000
"""Configs that sampler grid takes at most; it keeps them all in memory."""

_SHORTHANDS = {"dataset": "source", "objective": "metric", "sampler": "name", "scheduler": "name"}
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


Metric = Literal["val_accuracy", "val_loss", "val_f1"]


class Objective(_Section):
    """What the search aims at.

    Attributes:
        metric: ``val_accuracy``, ``val_loss`` or ``val_f1`` (macro average).
        mode: ``max`` or ``min``; left out, the metric's own direction.
    """

    metric: Metric
    mode: Literal["max", "min"] | None = None

    def model_post_init(self, _: Any) -> None:
        natural: Mode = METRICS[self.metric]
        if self.mode is None:
            object.__setattr__(self, "mode", natural)
        elif self.mode != natural:
            rule = f"{self.metric} is better when {_way(natural)}: leave mode out"
            raise _problems([Problem("mode", rule, self.mode)])

    @property
    def sign(self) -> float:
        """+1 where more is better, -1 where less is: ``sign * value`` is always better when larger."""
        return 1.0 if self.mode == "max" else -1.0


class Budget(_Section):
    """Where the sweep ends: after so many ``trials`` or ``minutes``, whichever comes first; one of them is given."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["trials"]}, {"required": ["minutes"]}]})

    trials: Annotated[int, Field(ge=1)] | None = None
    minutes: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None

    def model_post_init(self, _: Any) -> None:
        if self.trials is None and self.minutes is None:
            raise _problems([Problem("", "needs trials, minutes or both, as {trials: 40, minutes: 10}")])


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
        rule = f"must be a name, or a mapping with the key 'name'; valid: {', '.join(table)}"
        raise _problems([Problem("", rule, shown(value))])
    if "name" not in value:
        raise _problems([Problem("", f"needs the key 'name'; valid: {', '.join(table)}")])
    name = value["name"]
    if not isinstance(name, str) or name not in table:
        raise _problems([Problem("name", f"unknown {table.what}; {nearest(name, table)}", shown(name))])
    spec: SamplerSpec | SchedulerSpec = table[name]
    options = {key: item for key, item in value.items() if key != "name"}
    problems = []
    for key, item in options.items():
        if key not in spec.options:
            known = nearest(key, spec.options) if spec.options else "it has none"
            problems.append(Problem(str(key), f"not an option of {table.what} '{spec.name}'; {known}"))
        elif not spec.options[key].accepts(item):
            problems.append(Problem(key, f"must be {spec.options[key].rule}", shown(item)))
    if problems:
        raise _problems(problems)
    return {"name": spec.name, **spec.options.filled(options)}


def _space(value: Any) -> Space:
    if isinstance(value, Space):
        return value
    if not isinstance(value, Mapping):
        raise _problems(
            [Problem("", "must map parameters to what they may be, as {filters: {choice: [8, 16]}}", shown(value))]
        )
    try:
        return Space.from_dict(value)
    except InputError as error:
        raise _problems(error.problems) from None


def _model(value: Any) -> Any:
    if not isinstance(value, str) or value not in FAMILIES:
        raise _problems([Problem("", f"unknown model family; {nearest(value, FAMILIES)}", shown(value))])
    return value


def _source(value: Any) -> Any:
    """``digits`` is ``{source: digits}``; a pair of arrays is ``{source: arrays, x: ..., y: ...}``."""
    if isinstance(value, tuple) and len(value) == 2:
        return ArraysSource(x=value[0], y=value[1])
    if isinstance(value, BaseModel):
        return value
    if not isinstance(value, (str, Mapping)):
        got = shown(value) if value is None or isinstance(value, (bool, int, float, list)) else type(value).__name__
        rule = "must be a data source, or a mapping with the key 'source', as {source: digits}"
        raise _problems([Problem("", rule, got)])
    given = {"source": value} if isinstance(value, str) else value
    if "source" not in given:
        raise _problems([Problem("", "needs the key 'source', as {source: digits}")])
    name = given["source"]
    if not isinstance(name, str) or name not in SOURCES:
        hint = nearest(name, [known for known in SOURCES if SOURCES[known] is not ArraysSource])
        raise _problems([Problem("source", f"unknown data source; {hint}", shown(name))])
    return given


_Unaided = Literal["digits", "mnist", "fashion_mnist", "cifar10", "cifar100"]
"""Sources that need no key but ``source``."""


def _shorthand(key: str, schema: Any = PydanticUndefined) -> BeforeValidator:
    return BeforeValidator(
        lambda value: {_SHORTHANDS[key]: value} if isinstance(value, str) else value, json_schema_input_type=schema
    )


def _with_format(schema: dict[str, Any]) -> None:
    schema["properties"]["format"] = {"const": FORMAT, "description": "version of the file's format"}


class Experiment(BaseModel):
    """One sweep: data, preprocessing, model family, space, objective, sampler, scheduler, budget, resources, seed.

    ``Experiment.from_yaml(path)``, or from Python with the same keys; ``dataset=(x, y)`` takes arrays in memory and
    ``space`` also a :class:`~cnnsearch.Space`.

    Raises:
        InputError: with every problem found.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, json_schema_extra=_with_format
    )

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    dataset: Annotated[Source, BeforeValidator(_source, json_schema_input_type=FileSource | _Unaided)] = SklearnSource()
    preprocessing: Preprocessing = Preprocessing()
    model: Annotated[str, BeforeValidator(_model), Field(json_schema_extra={"enum": list(FAMILIES)})] = "cnn"
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 20
    early_stopping: EarlyStopping | None = None
    space: Annotated[
        Space,
        BeforeValidator(_space),
        PlainSerializer(lambda space: space.to_dict()),
        WithJsonSchema(space_schema()),
    ]
    objective: Annotated[Objective, _shorthand("objective", Metric | Objective)] = Objective(metric="val_accuracy")
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
        given = _override(self.to_dict(), overrides)
        dataset = given["dataset"]
        if isinstance(self.dataset, ArraysSource) and isinstance(dataset, Mapping) and dataset["source"] == "arrays":
            given["dataset"] = {**self.dataset.arrays, **dataset}
        return _checked(given)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Experiment:
        """The inverse of :meth:`to_dict`."""
        return _checked(dict(given))

    @classmethod
    def from_yaml(
        cls, path: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None, *, recorded: bool = False
    ) -> Experiment:
        """Read an experiment file; relative paths in it are relative to the working directory.

        Args:
            path: the file.
            overrides: dotted key -> value, replacing what the file says, as ``{"space.filters": {"choice": [8]}}``.
            recorded: the file is a study's own, so it may name arrays in memory that are not in it.

        Raises:
            InputError: the file cannot be read or is not valid; names the file, and the line of each problem.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(Problem("", f"cannot read the experiment file: {_reason(error)}"), str(path)) from None
        problems: list[Problem] = []
        try:
            raw = _override(_parse(text), overrides or {})
            problems += [] if recorded else _arrays_problems(raw)
            experiment = _checked(raw)
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(_located(problems, _lines(text), overrides or {}), str(path))
        return experiment

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


def _checked(raw: dict[str, Any]) -> Experiment:
    version = raw.pop("format", FORMAT)
    if not same(version, FORMAT):
        raise InputError(Problem("format", f"this version of cnnsearch reads format {FORMAT}", shown(version)))
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
        what = error.problem or "not valid"
        if what.startswith("but ") and error.context:  # the second half of a sentence
            what = f"{error.context}, {what}"
        raise InputError(Problem(where, f"is not valid YAML: {' '.join(what.split())}")) from None
    except (YAMLError, ValueError) as error:
        raise InputError(Problem("", f"is not valid YAML: {' '.join(str(error).split())}")) from None
    except RecursionError:
        raise InputError(Problem("", "is not valid YAML: it is nested too deeply")) from None


def _parse(text: str) -> dict[str, Any]:
    raw = parse_value(text)
    if not isinstance(raw, dict):
        what = "is empty; an" if raw is None else "an"
        raise InputError(Problem("", f"{what} experiment file is a mapping that starts with 'name: ...'", raw))
    return raw


def _override(raw: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        target = raw
        for depth, section in enumerate(sections):
            inner = target.get(section)
            if isinstance(inner, str) and depth == 0 and section in _SHORTHANDS:
                inner = {_SHORTHANDS[section]: inner}  # 'sampler: tpe' with --set sampler.startup_trials=5
            elif inner is None or (sections[0] == "space" and not isinstance(inner, Mapping)):
                inner = {}  # 'batch_size: 64' with --set space.batch_size.choice='[32, 64]'
            elif not isinstance(inner, Mapping):
                raise InputError(Problem(dotted, f"'{section}' has no keys inside", inner))
            target[section] = dict(inner)
            target = target[section]
        target[last] = value
    return raw


def _arrays_problems(raw: Mapping[str, Any]) -> list[Problem]:
    given = raw.get("dataset")
    if (given.get("source") if isinstance(given, Mapping) else given) != "arrays":
        return []
    rule = "arrays come from Python only, as Experiment(dataset=(x, y), ...); a file may name a .npz file instead"
    return [Problem("dataset.source", rule, "arrays")]


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
        rule, is_shown = _rule(item)
        found.append(Problem(where, rule, shown(item["input"]) if is_shown else None))
    return found


def _rule(item: Any) -> tuple[str, bool]:
    """What must hold, and whether the value is worth showing."""
    kind, section = item["type"], _section_of(item["loc"])
    key = str(item["loc"][-1])
    if kind == "extra_forbidden":
        return f"unknown key; {nearest(key, section.model_fields)}", False
    if kind == "missing":
        return ("is missing; every experiment needs it" if section is Experiment else "is missing"), False
    if kind in ("rule", "splits"):
        return item["msg"], kind == "rule"
    schema = section.model_json_schema()
    return f"must be {in_words(schema['properties'][key], schema.get('$defs', {}))}", True


def _section_of(location: Sequence[Any]) -> type[BaseModel]:
    """The section that holds the key at ``location``, a path of pydantic's."""
    if len(location) == 1:
        return Experiment
    if location[0] == "dataset":
        return SOURCES[location[1]]
    annotation = Experiment.model_fields[location[0]].annotation
    kinds: tuple[type[BaseModel], ...] = (annotation, *getattr(annotation, "__args__", ()))  # type: ignore[arg-type]
    return next(kind for kind in kinds if _is_section(kind))


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _cross_problems(keys: Mapping[str, Any]) -> list[Problem]:
    """What no section can tell alone: model and space, sampler and space. Reads the keys as they were given."""
    model = keys.get("model", "cnn")
    given = keys.get("space")
    if not isinstance(model, str) or model not in FAMILIES or not isinstance(given, (Mapping, Space)):
        return []  # told by their own validation
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
    return [*problems, *_grid_problems(keys.get("sampler"), space), *_twice(keys.get("preprocessing"), space)]


def _grid_problems(sampler: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    options = {"name": sampler} if isinstance(sampler, str) else sampler
    if not isinstance(options, Mapping) or options.get("name") != "grid":
        return []
    points: Any = options.get("points")
    if points is None and any(parameter.size is None for parameter in space.values()):
        rule = "sampler grid needs a step here, a choice, or sampler: {name: grid, points: 5}"
        return [Problem(f"space.{name}", rule) for name in space if space[name].size is None]
    if points is not None and not SAMPLERS["grid"].options["points"].accepts(points):
        return []
    try:
        size = Space(space).size(points) or 0
    except InputError:
        return []  # told by the space's own validation
    if size <= MAX_GRID:
        return []
    rule = f"grid takes at most {MAX_GRID:,} configs and this space has {size:,}: take steps, points or sampler random"
    return [Problem("sampler", rule)]


def _twice(preprocessing: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    """What stands in ``preprocessing`` and in the space."""
    settings = preprocessing.model_dump() if isinstance(preprocessing, Preprocessing) else preprocessing
    if not isinstance(settings, Mapping):
        return []
    return [
        Problem(f"preprocessing.{name}", "stands in the space too; leave it out of one of them")
        for name in PREPROCESSING
        if name in space and settings.get(name) not in (None, PREPROCESSING[name].default)
    ]


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
            position = (node.lc.data or {}).get(key)  # type: ignore[attr-defined]
            if position is not None:  # a merged key (<<) has none here
                found[path] = position[0] + 1
            walk(value, path)

    try:
        walk(YAML(typ="rt").load(text), "")
    except (YAMLError, ValueError, RecursionError):
        return found
    return found


def _located(problems: Sequence[Problem], lines: Mapping[str, int], overrides: Mapping[str, Any]) -> list[Problem]:
    """The problems with the line of the nearest key that the file has, in the order of the file."""
    found = []
    for problem in problems:
        line = _line(problem.where, lines, overrides)
        prefix = "" if line == 0 else f"line {line}: " if math.isfinite(line) else "--set "
        found.append((line, Problem(prefix + problem.where, problem.rule, problem.value)))
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def _line(where: str, lines: Mapping[str, int], overrides: Mapping[str, Any]) -> float:
    """Line of the key path or the nearest one above it; 0 where the file has none, infinity for an override."""
    if any(f"{where}.".startswith(f"{dotted}.") or dotted.startswith(f"{where}.") for dotted in overrides):
        return math.inf
    while where:
        if where in lines:
            return lines[where]
        where = where.rpartition(".")[0]
    return 0


def _way(mode: Mode) -> str:
    return "larger" if mode == "max" else "smaller"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
