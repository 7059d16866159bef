"""Resources: what one trial holds while it runs, by its config, and what else it may run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.experiment.schema import when_schema
from cnnsearch.numbers import plural
from cnnsearch.space import Config, Space, freeze, same, shown

__all__ = ["RAYS_OWN", "Alternative", "Case", "Demand", "Precision", "Resources"]

Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]

_ONE_OF_A_KIND = 0.001
"""Ray marks a node with one unit of ``accelerator_type:NAME``; a trial takes so little of it that it only binds."""

RAYS_OWN = ("CPU", "GPU", "memory", "object_store_memory")
"""Resources that Ray counts by itself on every node."""


@dataclass(frozen=True)
class Demand:
    """What one trial holds of a node.

    Attributes:
        cpus: CPUs, and threads.
        gpus: 1, or a fraction below it; a record of earlier versions may hold more.
        gpu_memory_gb: bound of the memory that it takes of a GPU.
        others: custom resources and the kind of accelerator, by Ray's names.
    """

    cpus: int = 1
    gpus: float = 0.0
    gpu_memory_gb: float | None = None
    others: tuple[tuple[str, float], ...] = ()

    @property
    def resources(self) -> dict[str, float]:
        """As Ray counts them: name -> amount."""
        return {"CPU": float(self.cpus), **({"GPU": self.gpus} if self.gpus else {}), **dict(self.others)}

    def __str__(self) -> str:
        kinds = [name.partition(":")[2] for name, _ in self.others if name.startswith("accelerator_type:")]
        parts = [plural(self.cpus, "CPU")]
        if self.gpus:
            parts.append(f"{self.gpus:g} GPU{'s' * (self.gpus > 1)}" + "".join(f" of type {kind}" for kind in kinds))
        return ", ".join(parts + [f"{amount:g} {name}" for name, amount in self.others if ":" not in name])


def _whole_above_one(amount: float) -> bool:
    return amount <= 1 or amount == int(amount)


Gpus = Annotated[float, Field(ge=0.0, allow_inf_nan=False, json_schema_extra={"maximum": 1.0})]
"""At most 1; what is beyond is told in words of its own."""

ONE_GPU = "must be at most 1: a trial trains on one GPU, and more would stand idle; with 1 each GPU has its own trial"


class _Held(BaseModel):
    """The keys that say what a trial holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cpus: Annotated[int, Field(ge=1)] = 1
    gpus: Gpus = 0.0
    gpu_memory_gb: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    accelerator: Annotated[str, Field(min_length=1)] | None = None
    custom: dict[str, Annotated[float, Field(gt=0.0, allow_inf_nan=False)]] = {}

    def model_post_init(self, _: Any) -> None:
        problems = list(self._own_problems())
        if problems:
            raise carrying(problems)

    def _own_problems(self) -> Iterator[Problem]:
        if self.gpus > 1 and not is_recorded():
            yield Problem("gpus", ONE_GPU, self.gpus)
        for key in ("gpu_memory_gb", "accelerator"):
            if getattr(self, key) is not None and not self.gpus:
                what = "limits a GPU" if key == "gpu_memory_gb" else "is a kind of GPU"
                yield Problem(key, f"{what}, and gpus is 0", getattr(self, key))
        for name, amount in self.custom.items():
            if name in RAYS_OWN or ":" in name or not name:
                yield Problem(f"custom.{name}", "is no custom resource: these are named by whoever starts the nodes")
            elif not _whole_above_one(amount):
                yield Problem(f"custom.{name}", "must be a fraction below 1, or a whole number", amount)

    @property
    def held(self) -> Demand:
        """The same as one noun."""
        kind = {f"accelerator_type:{self.accelerator}": _ONE_OF_A_KIND} if self.accelerator else {}
        return Demand(self.cpus, self.gpus, self.gpu_memory_gb, tuple(sorted({**self.custom, **kind}.items())))


class Alternative(_Held):
    """Another way in which a trial may run; a key that it leaves out has its own default, not that of ``resources``.

    Attributes:
        cpus, gpus, gpu_memory_gb, accelerator, custom: as in ``resources``.
    """


Alternatives = Annotated[tuple[Alternative, ...], Field(strict=False)]


def _values_of(when: Any) -> Any:
    """``{backbone: resnet50}`` as ``{backbone: (resnet50,)}``."""
    if not isinstance(when, Mapping) or not when:
        rule = "must map a parameter to its values, as {backbone: [resnet50]}"
        raise carrying([Problem("", rule, shown(when))])
    return {
        str(name): tuple(freeze(value) for value in values) if isinstance(values, (list, tuple)) else (freeze(values),)
        for name, values in when.items()
    }


class Case(BaseModel):
    """What trials with some value of a parameter hold instead; of several cases that fit, the first counts.

    Attributes:
        when: parameter -> the values of it for which this holds, as in the space.
        cpus, gpus, gpu_memory_gb, accelerator, custom, alternatives: over those of ``resources``; what is left out
            stays as it is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    when: Annotated[dict[str, Any], BeforeValidator(_values_of), WithJsonSchema(when_schema())]
    cpus: Annotated[int, Field(ge=1)] | None = None
    gpus: Gpus | None = None
    gpu_memory_gb: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    accelerator: Annotated[str, Field(min_length=1)] | None = None
    custom: dict[str, Annotated[float, Field(gt=0.0, allow_inf_nan=False)]] | None = None
    alternatives: Alternatives | None = None

    def of(self, space: Space) -> Case:
        """The same, with conditions that name values of ``space``."""
        when = {name: tuple(map(space[name].own, values)) for name, values in self.when.items()}
        return self.model_copy(update={"when": when})

    def holds(self, config: Config) -> bool:
        """Whether a trial of ``config`` is such a one."""
        return all(
            name in config and any(same(config[name], value) for value in values) for name, values in self.when.items()
        )

    def over(self, base: _Held) -> tuple[dict[str, Any], tuple[Alternative, ...] | None]:
        """The keys of ``base`` with those of this case, and the alternatives where it names any."""
        keys: dict[str, Any] = {key: getattr(base, key) for key in _Held.model_fields}
        keys |= {key: getattr(self, key) for key in keys if getattr(self, key) is not None}
        if self.gpus == 0:  # nor what limits a GPU
            keys |= {key: getattr(self, key) for key in ("gpu_memory_gb", "accelerator")}
        return keys, self.alternatives


class Resources(_Held):
    """What one trial holds while it runs, and how it uses that.

    Attributes:
        cpus: CPUs, also the number of threads that TensorFlow may use.
        gpus: 1 for a trial with a GPU of its own; a fraction lets several trials share one.
        gpu_memory_gb: memory that a trial may take of its GPU; ``null``: it takes what it needs as it needs it.
        accelerator: the kind of GPU that a trial needs, by Ray's name, as ``T4`` or ``A100``.
        custom: other resources, by the names that the cluster's nodes were started with: ``{fast_disk: 1}``.
        alternatives: other ways in which a trial may run where there is no room for the first, tried in this order:
            ``{gpus: 1, alternatives: [{cpus: 4}]}`` uses the GPUs of a cluster, and its CPUs too.
        cases: what trials with some value of a parameter hold instead:
            ``[{when: {backbone: [resnet50]}, gpus: 1}]``.
        max_concurrent: the highest number of trials at once; ``null``: what the machine or cluster holds.
        memory_gb: private memory of a worker. A worker above it is replaced before its next trial, and pictures that
            would take more than half of it are read from shared memory instead of being copied. ``null``: an equal
            share of 80 % of the node's memory.
        pixels_gb: memory of the object store for the pictures of searched image sizes. The size that was used least
            recently goes first; where a trial needs it again, it is computed again, which the report tells.
        cache: folder where decoded pictures and features of frozen backbones are kept for the next run, and mapped by
            all workers of the machine; ``null``: ``cnnsearch`` in ``XDG_CACHE_HOME`` or ``~/.cache``.
        cache_gb: disk that the folder may take; what was used least recently goes first. 0: nothing is kept there.
        max_failures: deaths of its worker (a crash, a lost node) that a trial survives: each time it goes on elsewhere
            from its last checkpoint. One that Ray's memory monitor ended is tried once more at most.
        checkpoint_seconds: work of a trial between two of its checkpoints, at least; they take 2 % of its time at most.
            A trial that is shorter starts again where its worker or the driver died.
        xla: compile the training step with XLA.
        precision: of the arithmetic in training; weights and the exported model are float32 always.
    """

    alternatives: Alternatives = ()
    cases: Annotated[tuple[Case, ...], Field(strict=False)] = ()
    max_concurrent: Annotated[int, Field(ge=1)] | None = None
    memory_gb: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    pixels_gb: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = 4.0
    cache: Annotated[str, Field(min_length=1)] | None = None
    cache_gb: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 50.0
    max_failures: Annotated[int, Field(ge=0)] = 3
    checkpoint_seconds: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 10.0
    xla: bool = False
    precision: Precision = "float32"

    @model_validator(mode="before")
    @classmethod
    def _when_is_of_a_case(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "when" in given:
            raise carrying([Problem("when", "belongs to a case: cases: [{when: {backbone: [resnet50]}, gpus: 1}]")])
        return given

    def _own_problems(self) -> Iterator[Problem]:
        yield from super()._own_problems()
        for index, case in enumerate(self.cases):
            try:
                Alternative(**case.over(self)[0])
            except ValueError as error:
                for problem in _carried(error):
                    yield Problem(f"cases.{index}.{problem.where}", problem.rule, problem.value)

    def of(self, space: Space) -> Resources:
        """The same, with cases whose conditions name values of ``space``, which must hold them."""
        return self.model_copy(update={"cases": tuple(case.of(space) for case in self.cases)})

    def on(self, cpus: int) -> Resources:
        """The same with so many CPUs for each trial, and for all of them together no more than before."""
        most = self.max_concurrent
        at_once = None if most is None else max(1, most * self.cpus // cpus)
        return self.model_copy(update={"cpus": cpus, "max_concurrent": at_once})

    def demands(self, config: Config) -> tuple[Demand, ...]:
        """What a trial of ``config`` may hold, the first choice first."""
        case = next((case for case in self.cases if case.holds(config)), None)
        return self._of_case(case)

    @property
    def kinds(self) -> tuple[tuple[Demand, ...], ...]:
        """What trials may hold, once for each case and once for all other trials."""
        return tuple(dict.fromkeys(self._of_case(case) for case in (None, *self.cases)))

    @property
    def is_plain(self) -> bool:
        """Whether all trials hold the same."""
        return self.kinds == ((self.held,),)

    def _of_case(self, case: Case | None) -> tuple[Demand, ...]:
        if case is None:
            first, alternatives = self.held, self.alternatives
        else:
            keys, named = case.over(self)
            first, alternatives = Alternative(**keys).held, self.alternatives if named is None else named
        return tuple(dict.fromkeys((first, *(alternative.held for alternative in alternatives))))


def _carried(error: Any) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        yield from item.get("ctx", {}).get("problems", ())
