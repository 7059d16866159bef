"""The samplers that an experiment may name, with their options."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.table import Table

__all__ = ["SAMPLERS", "SamplerSpec"]


@dataclass(frozen=True)
class SamplerSpec:
    """The declaration of a sampler: its name, one line of documentation, its options."""

    name: str
    doc: str
    options: Parameters


SAMPLERS: Table[SamplerSpec] = Table("sampler")

SAMPLERS.add(
    "random", SamplerSpec("random", "independent draws; the same configs whatever the number of workers", Parameters())
)
SAMPLERS.add(
    "grid",
    SamplerSpec(
        "grid",
        "every config of a finite space once, in a seeded random order",
        Parameters(
            ParameterSpec(
                "points",
                "int",
                None,
                "values that stand for a range; null takes every value and needs a finite space",
                low=2,
                high=1000,
                nullable=True,
            ),
        ),
    ),
)
SAMPLERS.add(
    "tpe",
    SamplerSpec(
        "tpe",
        "tree-structured Parzen estimator (Bergstra et al. 2011), Optuna's multivariate one",
        Parameters(
            ParameterSpec("startup_trials", "int", 10, "random configs before the model is used", low=1, high=100000),
        ),
    ),
)
