"""Experiment: the frozen description of one sweep, validated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnsearch.compression.choosing.spec import Asked
from cnnsearch.compression.spec import Way
from cnnsearch.data.sources.spec import ArraysSource, SklearnSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.compression import Compression, ways_in
from cnnsearch.experiment.configs.kept_space import kept_space
from cnnsearch.experiment.configs.recommended import start_problems
from cnnsearch.experiment.described import Described
from cnnsearch.experiment.evaluation import CrossValidation, Evaluation, fold_problems, without_test_split
from cnnsearch.experiment.files.file import FORMAT, arrays_problems, located, overridden, parse_file, reading_error
from cnnsearch.experiment.files.written_yaml import yaml_text
from cnnsearch.experiment.keys.checks import Checks
from cnnsearch.experiment.keys.completed import completed
from cnnsearch.experiment.keys.dataset import DatasetKey, with_resizing
from cnnsearch.experiment.keys.model import ModelKey
from cnnsearch.experiment.keys.objective import Choose, ChooseKey, Objective, ObjectiveKey, Ties
from cnnsearch.experiment.keys.search import SamplerKey, SchedulerKey
from cnnsearch.experiment.keys.space import SpaceKey
from cnnsearch.experiment.keys.task import TaskKey
from cnnsearch.experiment.learnt import LearnFrom
from cnnsearch.experiment.limits import Limits
from cnnsearch.experiment.outlets import Notify, Tracking
from cnnsearch.experiment.passes import Passes
from cnnsearch.experiment.problems.compression import compression_problems
from cnnsearch.experiment.problems.crossed import cross_problems
from cnnsearch.experiment.problems.ensemble import ensemble_problems, members_of_ensemble
from cnnsearch.experiment.problems.magnitudes import magnitude_problems
from cnnsearch.experiment.problems.schedulers import scheduler_problems
from cnnsearch.experiment.problems.stops import stop_problems
from cnnsearch.experiment.problems.translation import translated
from cnnsearch.experiment.problems.warm_up import warm_up_problems
from cnnsearch.experiment.recorded import UNASKED, is_recorded, reading_a_record
from cnnsearch.experiment.resources import Resources
from cnnsearch.experiment.schema import searchable, with_format
from cnnsearch.experiment.sections import (
    Augmentation,
    Budget,
    EarlyStopping,
    Features,
    Final,
    Finalists,
    Members,
    Preprocessing,
    RefitTimes,
    Stop,
    Storage,
)
from cnnsearch.experiment.signature import signature_of
from cnnsearch.experiment.start import RECOMMENDED, Start
from cnnsearch.families import FamilySpec, is_own_family, spec_of
from cnnsearch.search.samplers import DEFAULT_SAMPLER, settled
from cnnsearch.search.schedulers import DEFAULT_SCHEDULER
from cnnsearch.space import same, shown
from cnnsearch.space.constraints import MOST_CONSTRAINTS
from cnnsearch.space.specs import DEFAULTS, Parameters
from cnnsearch.tasks import DEFAULT_TASK, TASKS
from cnnsearch.tasks.contract.metrics import is_function
from cnnsearch.tasks.task import TaskSpec

__all__ = ["Experiment"]


class Experiment(BaseModel):
    """One sweep: data, preprocessing, task, model family, space, objective, sampler, scheduler, budget, resources.

    ``Experiment.from_yaml(path)``, or from Python with the same keys; ``dataset=(x, y)`` takes arrays in memory, or
    ``((x, y), (x_test, y_test))``, ``space`` also a :class:`~cnnsearch.Space`, and ``model`` also a function of a
    module of yours.

    Attributes:
        name: of the study: its folder bears it.
        dataset: pictures and targets: the name of a source, or a mapping with the key ``source``.
        preprocessing: what every picture goes through before the network.
        augmentation: how random changes of pictures go together with a frozen backbone.
        features: what is kept of a frozen backbone.
        task: what is predicted, and how it is judged.
        model: the family of networks: ``cnn``, ``transfer``, ``text_cnn`` or ``text_transformer`` (of texts), or
            ``package.module:NAME`` of your own.
        runtime: of a family of your own, its parameters that are variables of the program; all others shape it.
        epochs: of a whole trial, which a scheduler or its patience may end before.
        early_stopping: when a trial ends that does not improve; ``null``: never.
        space: what may vary: parameter -> a range, a choice or a constant. What it leaves out has its default.
        objective: what the search aims at: a metric of the task, or a list of one and of costs of the model.
        choose: of several objectives, which trial of the front is shipped; ``null``: the best in the first.
        ties: of trials with equal values, whether the one with the lower number is the better, or the first to end.
        limits: what a model that is to be shipped must keep; ``null``: nothing.
        sampler: what proposes the configs: a name, or a mapping with ``name`` and its options.
        scheduler: what stops weak trials: a name, or a mapping with ``name`` and its options.
        budget: where the search ends.
        stop: when what was found is enough; ``null``: at the end of the budget only.
        finalists: the best trials, trained again on fresh seeds; ``null``: none.
        ensemble: how many networks make the mean that is shipped, the best ones first: of the finalists of ``final:
            ensemble``, ``null``: all; or of those that ``final: refit`` trains, ``null``: one, the winner's.
        refit_times: how many times as long as its trial a refit trains.
        compression: what is made of the best model for a device when the sweep is over; empty: nothing.
        resources: what one trial holds while it runs.
        storage: where studies go: a folder or a URI; ``null``: ``results``. ``--output`` is over it.
        notify: who is told when a sweep has ended; ``null``: nobody.
        tracking: where else epochs and trials are written while a sweep runs.
        seed: of which all draws follow: splits, weights, order of the pictures, configs.

    Raises:
        InputError: with every problem found.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, json_schema_extra=with_format
    )

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    dataset: DatasetKey = SklearnSource(source="digits")
    checks: Checks = Field(default={}, validate_default=True)
    preprocessing: Preprocessing = Preprocessing()
    augmentation: Augmentation = Augmentation()
    features: Features = Features()
    task: TaskKey = DEFAULT_TASK.name
    model: ModelKey = "cnn"
    defaults: Annotated[
        int,
        Field(
            ge=1,
            le=DEFAULTS,
            description="version of the defaults of parameters that the space does not name; a study keeps its own",
        ),
    ] = DEFAULTS
    runtime: tuple[str, ...] = Field(default=(), strict=False)
    declaration: Annotated[dict[str, Any] | None, UNASKED] = Field(
        default=None, description=f"what a family from outside declares of itself; {UNASKED}"
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
        default=None,
        description="folds by which each trial is judged, in the place of one validation split; outer folds, by which "
        "whole searches are",
    )
    space: SpaceKey
    constraints: tuple[str, ...] = Field(
        default=(),
        strict=False,
        max_length=MOST_CONSTRAINTS,
        description="conditions that every config keeps, as filters * units <= 8192",
    )
    objective: ObjectiveKey = Objective(metric=DEFAULT_TASK.first_aim)
    choose: ChooseKey | None = None
    ties: Ties = Field(
        default="number",
        description="which of two equal trials is the better: that with the lower number, or the first to end",
    )
    limits: Limits | None = None
    start: Start = (RECOMMENDED,)
    learn_from: LearnFrom = ()
    sampler: SamplerKey = Field(default=DEFAULT_SAMPLER, validate_default=True)  # type: ignore[assignment]
    scheduler: SchedulerKey = Field(default=DEFAULT_SCHEDULER, validate_default=True)  # type: ignore[assignment]
    never_stopped: Literal["recommended", "none"] = Field(
        default="recommended",
        description="whom no scheduler stops: the recommended config, with which all others are compared, or none",
    )
    budget: Budget = Budget(trials=40)
    stop: Stop | None = None
    finalists: Finalists | None = None
    final: Final = "keep"
    ensemble: Members | None = None
    refit_times: RefitTimes = 1
    compression: tuple[Compression, ...] = Field(default=(), strict=False)
    resources: Resources = Resources()
    storage: Storage | None = None
    notify: Notify | None = None
    tracking: Tracking = Tracking()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    def __init__(self, /, **keys: Any) -> None:
        keys = completed(keys)
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise InputError([*translated(error, Experiment), *cross_problems(keys)]) from None
        problems = [*magnitude_problems(keys), *cross_problems(keys)]
        if problems:
            raise InputError(problems)
        object.__setattr__(self, "dataset", without_test_split(self.dataset, self.evaluation))
        object.__setattr__(self, "dataset", with_resizing(self.dataset, self.predicted))
        object.__setattr__(self, "resources", self.resources.of(self.space))
        object.__setattr__(self, "sampler", settled(self.sampler, self.budget.trials))
        object.__setattr__(self, "choose", self.choose or Choose.default(self.objective))
        object.__setattr__(self, "space", kept_space(self))
        object.__setattr__(self, "limits", self.limits and self.limits.shared_by(self.networks))
        if not is_recorded() and (problems := [*start_problems(self), *scheduler_problems(self), *fold_problems(self)]):
            raise InputError(problems)
        last = (ensemble_problems, warm_up_problems, stop_problems)
        if not is_recorded() and (problems := [problem for find in last for problem in find(self)]):
            raise InputError(problems)
        if not is_recorded() and (problems := list(compression_problems(self))):
            raise InputError(problems)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The JSON Schema of experiment files, with the meaning of every key."""
        return super().model_json_schema(*args, **{"schema_generator": Described, **options})

    @property
    def family(self) -> FamilySpec:
        """The declaration of the model family."""
        own = [name for name in self.space if name not in self.predicted.parameters]
        return spec_of(self.model, own, self.runtime, self.declaration)

    @property
    def ships_ensemble(self) -> bool:
        """Whether the model to ship is to be the mean of several networks."""
        return self.final == "ensemble" or (self.final == "refit" and self.ensemble is not None)

    @property
    def networks(self) -> int:
        """The most networks that the model to ship may have; 1 where it is no ensemble."""
        return members_of_ensemble(self)

    @property
    def freezes(self) -> bool:
        """Whether some of its configs may have a part that is frozen, whose features are computed once."""
        return self.family.may_freeze(self.space)

    @property
    def predicted(self) -> TaskSpec:
        """The declaration of the task: what is predicted, and how it is judged."""
        return TASKS[self.task]

    @property
    def cross_validation(self) -> CrossValidation | None:
        """The folds that judge each trial; ``None``: a validation split does."""
        return None if self.evaluation is None else self.evaluation.cross_validation

    @property
    def outer_searches(self) -> int:
        """Of nested cross-validation, those on outer folds that come before the search on all pictures."""
        return 0 if self.evaluation is None else self.evaluation.searches

    @property
    def is_nested(self) -> bool:
        """Whether it is nested cross-validation, or one search of it: these are all alike, so that none may change."""
        return self.evaluation is not None and self.evaluation.outer is not None

    @property
    def outer_fold(self) -> int | None:
        """That which a search of nested cross-validation holds out, counted from 1; ``None``: it holds out none."""
        return None if self.evaluation is None else self.evaluation.outer_fold

    @property
    def ways(self) -> list[Way]:
        """In which the best model is made small when the sweep is over."""
        return ways_in(self.compression)

    @property
    def asked(self) -> list[Asked]:
        """The same, section by section, with what is chosen of each."""
        return [each.asked for each in self.compression]

    @property
    def is_followed(self) -> bool:
        """Whether a search ends in more than its best trial: finalists, another model, or an outer fold that judges."""
        return self.finalists is not None or self.final != "keep" or self.outer_fold is not None

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
        settings = {} if self.family.reads_texts else self.preprocessing.model_dump()
        if settings and settings["image_size"] is None:
            settings["image_size"] = self.dataset.image_size
        return self.searchable.filled({**settings, **config})

    def updated(self, overrides: Mapping[str, Any]) -> Experiment:
        """This experiment with some keys replaced; dotted keys reach inside, as ``{"budget.trials": 6}``.

        What has run stays valid as it is: of a recorded experiment only what the new values make wrong is refused.

        Raises:
            InputError: a key is unknown or its value not valid.
        """
        given = self._with(overrides)
        try:
            return _checked(given)
        except InputError as error:
            known = _problems(self._with({}))
            new = [problem for problem in error.problems if problem not in known]
            if new:
                raise InputError(new) from None
        with reading_a_record():
            return _checked(given)

    def _with(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        """Its keys, some of them replaced."""
        given = overridden(self.to_dict(), overrides)
        if "model" in overrides and "declaration" not in overrides:
            given.pop("declaration", None)  # that of the model before
        dataset = given["dataset"]
        is_arrays = isinstance(dataset, Mapping) and dataset.get("source") == "arrays"
        if is_arrays and isinstance(self.dataset, ArraysSource):
            given["dataset"] = {**self.dataset.arrays, **dataset}
        return given

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


Experiment.__signature__ = signature_of(Experiment)


def _problems(raw: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        _checked(raw)
    except InputError as error:
        return error.problems
    return ()


def _checked(raw: dict[str, Any]) -> Experiment:
    version = raw.pop("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        newer = f"was written by a newer cnnsearch, in format {version}, and this one reads {FORMAT}: install that one"
        raise InputError(Problem("format", newer))
    if not same(version, FORMAT):
        raise InputError(Problem("format", f"this version of cnnsearch reads format {FORMAT}", shown(version)))
    return Experiment(**{str(key): value for key, value in raw.items()})
