"""Experiment: the frozen description of one sweep, validated."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
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

from cnnsearch.data.sources.spec import SOURCES, ArraysSource, FileSource, SklearnSource, Source
from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.arrays import named_arrays
from cnnsearch.experiment.checks import Checks
from cnnsearch.experiment.costs import OBJECTIVE_COSTS
from cnnsearch.experiment.ensemble import ensemble_problems
from cnnsearch.experiment.evaluation import Evaluation, fold_problems
from cnnsearch.experiment.file import (
    FORMAT,
    SHORTHANDS,
    arrays_problems,
    located,
    overridden,
    parse_file,
    reading_error,
)
from cnnsearch.experiment.kept_space import kept_space
from cnnsearch.experiment.learnt import LearnFrom
from cnnsearch.experiment.limits import Limits
from cnnsearch.experiment.magnitudes import magnitude_problems
from cnnsearch.experiment.outlets import Notify, Tracking
from cnnsearch.experiment.passes import Passes
from cnnsearch.experiment.problems import carrying, cross_problems, translated
from cnnsearch.experiment.recommended import start_problems
from cnnsearch.experiment.recorded import is_recorded, reading_a_record, with_former
from cnnsearch.experiment.resources import Resources
from cnnsearch.experiment.scheduler_problems import scheduler_problems
from cnnsearch.experiment.schema import (
    known_parameters,
    model_schema,
    sampler_schema,
    scheduler_schema,
    searchable,
    space_schema,
    task_schema,
)
from cnnsearch.experiment.sections import (
    Aim,
    Aims,
    Augmentation,
    Budget,
    Choose,
    EarlyStopping,
    Features,
    Final,
    Finalists,
    Members,
    Objective,
    Preprocessing,
    Stop,
    Storage,
)
from cnnsearch.experiment.start import RECOMMENDED, Start
from cnnsearch.experiment.written_yaml import yaml_text
from cnnsearch.families import (
    OWN_FAMILY,
    FamilySpec,
    OwnFamily,
    declaration_of,
    installed,
    is_own_family,
    module_name,
    named_model,
    spec_of,
)
from cnnsearch.search.samplers import OPTUNAHUB, SAMPLERS, SamplerSpec, settled
from cnnsearch.search.schedulers import SCHEDULERS, SchedulerSpec
from cnnsearch.space import Space, same, shown
from cnnsearch.space.constraints import MOST_CONSTRAINTS
from cnnsearch.space.specs import DEFAULTS, Parameters
from cnnsearch.table import Table
from cnnsearch.tasks import DEFAULT_TASK, TASKS
from cnnsearch.tasks.task import TaskSpec, is_function

__all__ = ["Experiment"]


def _named(table: Table[Any], value: Any) -> Any:
    """``{name: tpe, startup_trials: 10}`` checked against its declaration, with every default filled in."""
    if not isinstance(value, Mapping):
        rule = f"must be a name, or a mapping with the key 'name'; valid: {', '.join(table)}"
        raise carrying([Problem("", rule, shown(value))])
    if "name" not in value:
        raise carrying([Problem("", f"needs the key 'name'; valid: {', '.join(table)}")])
    spec: SamplerSpec | SchedulerSpec
    try:
        spec = table.find(value["name"], "name")
    except InputError as error:
        raise carrying([replace(each, rule=f"{each.rule}{_all_of(table)}") for each in error.problems]) from None
    options = {key: item for key, item in value.items() if key != "name"}
    if isinstance(spec, SamplerSpec) and is_recorded():
        options = {**spec.before, **options}
    problems = []
    for key, item in options.items():
        if key not in spec.options and getattr(spec, "is_open", False):
            continue
        if key not in spec.options:
            known = nearest(key, spec.options) if spec.options else "it has none"
            problems.append(Problem(str(key), f"not an option of {table.what} '{spec.name}'; {known}"))
        elif not spec.options[key].accepts(item):
            problems.append(Problem(key, f"must be {spec.options[key].rule}", shown(item)))
    problems += [
        Problem(key, "is missing")
        for key, each in spec.options.items()
        if key not in options and not each.accepts(each.default)
    ]
    if problems:
        raise carrying(problems)
    return {"name": spec.name, **spec.options.filled(options)}


def _all_of(table: Table[Any]) -> str:
    """Of samplers, all that there are, with what must be installed for them."""
    if table is not SAMPLERS:
        return ""
    named = [f"{name} (needs {', '.join(spec.needs)})" if spec.needs else name for name, spec in SAMPLERS.items()]
    return f" There are {', '.join(named)}"


def _sampler(value: Any) -> Any:
    """``{optunahub: PACKAGE, ...}`` is ``{name: optunahub, package: PACKAGE, ...}``."""
    if isinstance(value, Mapping) and OPTUNAHUB.name in value and "name" not in value:
        others = {key: item for key, item in value.items() if key != OPTUNAHUB.name}
        value = {"name": OPTUNAHUB.name, "package": value[OPTUNAHUB.name], **others}
    return _named(SAMPLERS, value)


def _space(value: Any) -> Space:
    if isinstance(value, Space):
        return value.kept_to(())  # an experiment's own constraints are those that it names
    if not isinstance(value, Mapping):
        raise carrying(
            [Problem("", "must map parameters to what they may be, as {filters: {choice: [8, 16]}}", shown(value))]
        )
    try:
        return Space.from_dict(value)
    except InputError as error:
        raise carrying(error.problems) from None


def _model(value: Any) -> str:
    if callable(value) or isinstance(value, OwnFamily):
        rule = (
            "must be a function at the top of a module, which workers, resume and predict import by its name: put it "
            "into a file, as my_models.py, and give my_models.mlp, or 'my_models:mlp'"
        )
        raise carrying([Problem("", rule, getattr(value, "__qualname__", type(value).__name__))])
    try:
        return named_model(value)
    except InputError as error:
        raise carrying(error.problems) from None


def _task(value: Any) -> str:
    try:
        return TASKS.find(value, "").name
    except InputError as error:
        raise carrying(error.problems) from None


def _objective(value: Any) -> Any:
    if isinstance(value, str):
        return {SHORTHANDS["objective"]: value}
    if isinstance(value, (list, tuple)):
        return _objectives(value)
    if not isinstance(value, (Mapping, Objective)):
        rule = f"must be a metric, as {DEFAULT_TASK.first_aim}, or a mapping with the keys metric, mode"
        raise carrying([Problem("", rule, shown(value))])
    return value


def _objectives(value: Sequence[Any]) -> dict[str, Any]:
    """``[val_accuracy, latency_ms]`` is ``{metric: val_accuracy, beside: [latency_ms]}``."""
    beside = [item for item in value if isinstance(item, str) and item in OBJECTIVE_COSTS]
    metrics = [item for item in value if item not in beside]
    is_metric = len(metrics) == 1 and isinstance(metrics[0], (str, Mapping))
    if not is_metric or "beside" in metrics[0]:
        rule = f"must be one metric, as {DEFAULT_TASK.first_aim}, and beside it some of {', '.join(OBJECTIVE_COSTS)}"
        raise carrying([Problem("", rule, shown(list(value)))])
    metric = metrics[0]
    return {**({"metric": metric} if isinstance(metric, str) else metric), "beside": beside}


def _named_by_module(value: Any) -> Any:
    """``module:NAME`` of a function or a declared family at the top of a module; anything else as it is."""
    return value if isinstance(value, str) else module_name(value) or value


def _with_declaration(keys: dict[str, Any]) -> dict[str, Any]:
    """The keys with what a family from outside declares, where they name one anew.

    What has been recorded of it stays as it is: nothing is imported to read a study.
    """
    recorded = keys.get("declaration")
    model = keys.get("model")
    if not isinstance(model, str) or is_recorded() or ("declaration" in keys and recorded is None):
        return keys
    with contextlib.suppress(InputError):  # that there is no such model is told by its own validation
        model = named_model(model)
    if recorded is not None and (not isinstance(recorded, Mapping) or recorded.get("family") in (None, model)):
        return keys
    declared = declaration_of(model)
    others = {name: value for name, value in keys.items() if name != "declaration"}
    return others if declared is None else {**others, "declaration": {"family": model, **declared}}


def _source(value: Any) -> Any:
    """``digits`` is ``{source: digits}``; a tuple of arrays is ``{source: arrays, x: ..., y: ...}``."""
    if isinstance(value, tuple):
        return ArraysSource(**named_arrays(value))
    if isinstance(value, BaseModel):
        return value
    if not isinstance(value, (str, Mapping)):
        got = shown(value) if value is None or isinstance(value, (bool, int, float, list)) else type(value).__name__
        rule = "must be a data source, or a mapping with the key 'source', as {source: digits}"
        raise carrying([Problem("", rule, got)])
    given = {"source": value} if isinstance(value, str) else value
    if "source" not in given:
        raise carrying([Problem("", "needs the key 'source', as {source: digits}")])
    name = given["source"]
    if not isinstance(name, str) or name not in SOURCES:
        hint = nearest(name, [known for known in SOURCES if SOURCES[known] is not ArraysSource])
        raise carrying([Problem("source", f"unknown data source; {hint}", shown(name))])
    return given


_Unaided = Literal["digits", "mnist", "fashion_mnist", "cifar10", "cifar100"]
"""Sources that need no key but ``source``."""


def _shorthand(key: str, schema: Any = PydanticUndefined) -> BeforeValidator:
    return BeforeValidator(
        lambda value: {SHORTHANDS[key]: value} if isinstance(value, str) else value, json_schema_input_type=schema
    )


def _with_format(schema: dict[str, Any]) -> None:
    schema["properties"]["format"] = {"const": FORMAT, "description": "version of the file's format"}
    # Only a family of the user's own takes parameters that no room declares.
    others = list(installed())
    model = {"anyOf": [{"pattern": OWN_FAMILY}, {"enum": others}]} if others else {"pattern": OWN_FAMILY}
    if others:
        schema["properties"]["model"]["anyOf"].append({"enum": others})
    schema["if"] = {"properties": {"model": model}, "required": ["model"]}
    schema["else"] = {
        "properties": {"space": {"propertyNames": {"enum": known_parameters()}}, "runtime": {"maxItems": 0}}
    }


class Experiment(BaseModel):
    """One sweep: data, preprocessing, task, model family, space, objective, sampler, scheduler, budget, resources.

    ``Experiment.from_yaml(path)``, or from Python with the same keys; ``dataset=(x, y)`` takes arrays in memory, or
    ``((x, y), (x_test, y_test))``, ``space`` also a :class:`~cnnsearch.Space`, and ``model`` also a function of a
    module of yours.

    Raises:
        InputError: with every problem found.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, json_schema_extra=_with_format
    )

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    dataset: Annotated[Source, BeforeValidator(_source, json_schema_input_type=FileSource | _Unaided)] = SklearnSource(
        source="digits"
    )
    checks: Checks = Field(default={}, validate_default=True)
    preprocessing: Preprocessing = Preprocessing()
    augmentation: Augmentation = Augmentation()
    features: Features = Features()
    task: Annotated[str, BeforeValidator(_task), WithJsonSchema(task_schema())] = DEFAULT_TASK.name
    model: Annotated[str, BeforeValidator(_model), WithJsonSchema(model_schema())] = "cnn"
    defaults: Annotated[
        int,
        Field(
            ge=1,
            le=DEFAULTS,
            description="version of the defaults of parameters that the space does not name; a study keeps its own",
        ),
    ] = DEFAULTS
    runtime: tuple[str, ...] = Field(default=(), strict=False)
    declaration: dict[str, Any] | None = Field(
        default=None, description="what a family from outside declares of itself; written by cnnsearch"
    )
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 20
    passes: Passes = Field(
        default=1,
        description="passes over the training pictures that make an epoch; auto: so many that it sees 2,000 pictures",
    )
    early_stopping: EarlyStopping | None = None
    repeats: Annotated[int, Field(ge=1, le=100)] = Field(
        default=1, description="seeds that each trial is trained on at once; it is judged, and stopped, by their mean"
    )
    evaluation: Evaluation | None = Field(
        default=None, description="folds by which each trial is judged, in the place of one validation split"
    )
    space: Annotated[
        Space,
        BeforeValidator(_space),
        PlainSerializer(lambda space: space.to_dict()),
        WithJsonSchema(space_schema()),
    ]
    constraints: tuple[str, ...] = Field(
        default=(),
        strict=False,
        max_length=MOST_CONSTRAINTS,
        description="conditions that every config keeps, as filters * units <= 8192",
    )
    objective: Annotated[Objective, BeforeValidator(_objective, json_schema_input_type=Aim | Aims | Objective)] = (
        Objective(metric=DEFAULT_TASK.first_aim)
    )
    choose: Choose | None = None
    limits: Limits | None = None
    start: Start = (RECOMMENDED,)
    learn_from: LearnFrom = ()
    sampler: Annotated[
        dict[str, Any],
        BeforeValidator(_sampler),
        _shorthand("sampler"),
        WithJsonSchema(sampler_schema()),
    ] = Field(default="auto", validate_default=True)  # type: ignore[assignment]
    scheduler: Annotated[
        dict[str, Any],
        BeforeValidator(lambda value: _named(SCHEDULERS, value)),
        _shorthand("scheduler"),
        WithJsonSchema(scheduler_schema()),
    ] = Field(default="asha", validate_default=True)  # type: ignore[assignment]
    never_stopped: Literal["recommended", "none"] = Field(
        default="recommended",
        description="whom no scheduler stops: the recommended config, with which all others are compared, or none",
    )
    budget: Budget = Budget(trials=40)
    stop: Stop | None = None
    finalists: Finalists | None = None
    final: Final = "keep"
    ensemble: Members | None = None
    resources: Resources = Resources()
    storage: Storage | None = None
    notify: Notify | None = None
    tracking: Tracking = Tracking()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    def __init__(self, /, **keys: Any) -> None:
        if is_recorded():
            keys = with_former(keys)
        if "model" in keys:
            keys["model"] = _named_by_module(keys["model"])
            keys = _with_declaration(keys)
        with contextlib.suppress(PydanticCustomError):  # told by its own validation
            if isinstance(keys.get("objective"), (list, tuple)):
                keys["objective"] = _objectives(keys["objective"])
        if "final" not in keys and keys.get("evaluation") is not None:
            keys["final"] = "refit"  # no fold's training is the one to ship
        if "objective" not in keys and keys.get("task") in list(TASKS):
            keys["objective"] = TASKS[keys["task"]].first_aim
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise InputError([*translated(error, Experiment), *cross_problems(keys)]) from None
        problems = [*magnitude_problems(keys), *cross_problems(keys)]
        if problems:
            raise InputError(problems)
        object.__setattr__(self, "resources", self.resources.of(self.space))
        object.__setattr__(self, "sampler", settled(self.sampler, self.budget.trials))
        object.__setattr__(self, "choose", self.choose or Choose.default(self.objective))
        object.__setattr__(self, "space", kept_space(self))
        if not is_recorded() and (problems := [*start_problems(self), *scheduler_problems(self), *fold_problems(self)]):
            raise InputError(problems)
        if not is_recorded() and (problems := list(ensemble_problems(self))):
            raise InputError(problems)

    @property
    def family(self) -> FamilySpec:
        """The declaration of the model family."""
        own = [name for name in self.space if name not in self.predicted.parameters]
        return spec_of(self.model, own, self.runtime, self.declaration)

    @property
    def predicted(self) -> TaskSpec:
        """The declaration of the task: what is predicted, and how it is judged."""
        return TASKS[self.task]

    @property
    def traces_networks(self) -> bool:
        """Whether trials must count what only the graph of a network tells."""
        limited = () if self.limits is None else self.limits.known_before
        return bool({"macs", "gpu_memory_gb"}.intersection((*limited, *self.objective.beside)))

    @property
    def own_code(self) -> dict[str, str]:
        """What is named of the user's own code: key -> ``package.module:name``."""
        model = {"model": self.model} if is_own_family(self.model) else {}
        aim = self.objective.metric
        return {**model, **({"objective.metric": aim} if is_function(aim) else {})}

    @property
    def searchable(self) -> Parameters:
        """Everything that the space may name: parameters of the family, of training, of the inputs and of the task."""
        return searchable(self.family, self.predicted).of_version(self.defaults)

    @property
    def active(self) -> frozenset[str]:
        """The runtime parameters that may do something in this search; the others are off in every trial."""
        return frozenset(
            name for name, spec in self.searchable.items() if not spec.structural and spec.may_act(self.space.get(name))
        )

    def filled(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """``config`` with every parameter that it does not name: preprocessing's settings, the family's defaults."""
        settings = self.preprocessing.model_dump()
        if settings["image_size"] is None:
            settings["image_size"] = self.dataset.image_size
        return self.searchable.filled({**settings, **config})

    def updated(self, overrides: Mapping[str, Any]) -> Experiment:
        """This experiment with some keys replaced; dotted keys reach inside, as ``{"budget.trials": 6}``.

        Raises:
            InputError: a key is unknown or its value not valid.
        """
        given = overridden(self.to_dict(), overrides)
        if "model" in overrides and "declaration" not in overrides:
            given.pop("declaration", None)  # that of the model before
        dataset = given["dataset"]
        if isinstance(self.dataset, ArraysSource) and isinstance(dataset, Mapping) and dataset["source"] == "arrays":
            given["dataset"] = {**self.dataset.arrays, **dataset}
        return _checked(given)

    def without_secrets(self) -> Experiment:
        """As a study records it: of addresses that may be secrets only what says where they lead."""
        notify = self.notify and self.notify.without_secrets()
        return self.model_copy(update={"notify": notify, "tracking": self.tracking.without_secrets()})

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Experiment:
        """The inverse of :meth:`to_dict`."""
        return _checked(dict(given))

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
            raise InputError(
                Problem("", f"cannot read the experiment file: {reading_error(error)}"), str(path)
            ) from None
        return cls._parsed(text, str(path), overrides or {}, recorded=False)

    @classmethod
    def from_text(cls, content: bytes, source: str) -> Experiment:
        """The inverse of :meth:`to_yaml`: what a study recorded, which may name arrays in memory that are not in it.

        Args:
            content: of the study's ``experiment.yaml``.
            source: where it was read from.

        Raises:
            InputError: as of :meth:`from_yaml`.
        """
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise InputError(Problem("", f"cannot read the experiment file: {reading_error(error)}"), source) from None
        with reading_a_record():
            return cls._parsed(text, source, {}, recorded=True)

    @classmethod
    def _parsed(cls, text: str, source: str, overrides: Mapping[str, Any], recorded: bool) -> Experiment:
        problems: list[Problem] = []
        lines: Mapping[str, int] = {}
        try:
            parsed = parse_file(text)
            lines = parsed.lines
            raw = overridden(parsed.value, overrides)
            problems += [] if recorded else arrays_problems(raw)
            experiment = _checked(raw)
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(located(problems, lines, overrides), source)
        return experiment

    def to_dict(self) -> dict[str, Any]:
        """Every key with its value, of JSON types only; arrays in memory are left out.

        Of a family of this package there is no ``declaration``.
        """
        given = self.model_dump(mode="json")
        return given if self.family.is_own else {key: value for key, value in given.items() if key != "declaration"}

    def to_yaml(self) -> str:
        """The experiment as a file, with its format version and every default written out."""
        return yaml_text({"format": FORMAT, **self.to_dict()})


def _signature() -> inspect.Signature:
    """Keys and defaults as they may be written: pydantic's own also holds the schema of every parameter."""
    parameters = []
    for name, field in Experiment.model_fields.items():
        default = inspect.Parameter.empty if field.is_required() else field.default
        if isinstance(default, BaseModel):
            default = default.model_dump(exclude_unset=True)
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default))
    return inspect.Signature(parameters)


Experiment.__signature__ = _signature()


def _checked(raw: dict[str, Any]) -> Experiment:
    version = raw.pop("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        newer = f"was written by a newer cnnsearch, in format {version}, and this one reads {FORMAT}: install that one"
        raise InputError(Problem("format", newer))
    if not same(version, FORMAT):
        raise InputError(Problem("format", f"this version of cnnsearch reads format {FORMAT}", shown(version)))
    return Experiment(**{str(key): value for key, value in raw.items()})
