"""The contract of samplers: each proposes configs by trial number and is told what became of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cnnsearch.errors import Problem
from cnnsearch.space import Config, Parameter, Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["POPULATION", "PRIOR_OPTION", "Outcome", "Sampler", "SamplerSpec", "direction_of"]


@dataclass(frozen=True)
class Outcome:
    """What became of a config.

    Attributes:
        state: ``COMPLETED``, ``STOPPED`` or ``FAILED``.
        value: its objective; ``None`` where it failed.
        curve: epoch, counted from 1, and objective after it.
        excess: by how much its model breaks limits, in shares of these; 0: it keeps them. ``None``: there are none.
            What was refused untrained has FAILED of it.
        beside: costs of its model that are objectives as well, less being better; empty where the value is all, and
            where it failed.
    """

    state: Literal["COMPLETED", "STOPPED", "FAILED"]
    value: float | None
    curve: tuple[tuple[int, float], ...] = ()
    excess: float | None = None
    beside: tuple[float, ...] = ()


class Sampler(ABC):
    """Proposes configs. The same numbers asked and told in the same order give the same configs.

    Attributes:
        origin: where the last config comes from; ``None``: the sampler itself.
        lists: whether it goes through configs of a list, in place of which none may be drawn.
    """

    origin: str | None = None
    lists: bool = False

    @abstractmethod
    def propose(self, trial: int) -> Config | None:
        """The config of trial number ``trial``; ``None`` where the space holds no more."""

    @abstractmethod
    def recall(self, trial: int, config: Config) -> None:
        """Be as if :meth:`propose` had just given ``config`` for ``trial``, and spare its cost where that can be.

        Args:
            trial, config: as the record has them, after what had been told before. The config may come from a narrower
                space, or from another sampler.
        """

    @abstractmethod
    def tell(self, trial: int, outcome: Outcome) -> None:
        """What became of the config of ``trial``."""

    def refuse(self, trial: int, excess: float) -> None:
        """The config of ``trial`` is not run, as its model would break limits by so much; :meth:`propose` is next."""
        self.tell(trial, Outcome("FAILED", None, excess=excess))

    def drop(self, trial: int) -> None:
        """Another config than was proposed for ``trial`` was run and has ended; the sampler is told no more of it."""
        self.tell(trial, Outcome("FAILED", None))


@dataclass(frozen=True)
class SamplerSpec:
    """The declaration of a sampler.

    Attributes:
        name: in an experiment file.
        doc: one line of documentation.
        options: that it takes.
        make: ``(space, seed, mode, options)`` -> the sampler; ``mode`` is ``max`` or ``min``.
        needs: module -> how what brings it is installed; of those that this project does not bring along.
        refused: parameters of a space, each valid by itself -> what of them this sampler cannot do.
        is_open: it takes options that it does not declare, for what a package from outside makes of them.
        settled: ``(options, trials)`` -> options with what they leave open filled in, by the budget's trials where it
            has any. An experiment holds these, so its record tells them.
        make_several: as ``make``, with the mode of each of several objectives; ``None``: it knows one only.
        generation: configs of a generation in a space, where its option ``population`` leaves that open.
        takes_priors: whether priors may propose beside it, and it learns from what becomes of these proposals.
        before: options that came later -> what the sampler did without them, for records that do not name them.
    """

    name: str
    doc: str
    options: Parameters
    make: Callable[[Space, int, str, Mapping[str, Any]], Sampler]
    needs: Mapping[str, str] = field(default_factory=dict)
    refused: Callable[[Mapping[str, Parameter]], list[Problem]] = lambda _: []
    is_open: bool = False
    settled: Callable[[Mapping[str, Any], int | None], dict[str, Any]] = lambda options, _trials: dict(options)
    generation: Callable[[Space], int] = lambda _: 0
    takes_priors: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)
    make_several: Callable[[Space, int, Sequence[str], Mapping[str, Any]], Sampler] | None = None


POPULATION = ParameterSpec(
    "population", "int", 20, "configs of a generation; those of the first are random", low=2, high=10000
)
"""An option of the genetic samplers."""

PRIOR_OPTION = ParameterSpec(
    "prior",
    "choice",
    None,
    "start: near the configs of start; defaults: the family's defaults as weak priors; null: neither",
    options=("defaults", "start"),
    nullable=True,
)
"""An option of the samplers beside which priors may propose."""


def direction_of(mode: str) -> str:
    """``max`` or ``min`` as Optuna says it."""
    return {"max": "maximize", "min": "minimize"}[mode]
