"""Where good configs are believed to be before anything has run: kernels around configs, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnsearch.search.samplers.densities.columns import Columns, Rows
from cnnsearch.search.samplers.densities.kernels import drawn_near
from cnnsearch.search.samplers.wrapped.learnt import Learnt
from cnnsearch.space import Choice, Config, Float, Int, Space
from cnnsearch.space.priors import OF_PARAMETERS, Sure

__all__ = ["PriorDensity", "of_learnt", "of_parameters"]

_WIDTHS: dict[Sure, float] = {"weak": 0.3, "medium": 0.15, "strong": 0.05}
"""Of a kernel, in shares of a range; of a choice the chance of another option. Around configs of another study it is a
strong one: in the simulation three times as much brought nothing."""

_DRAWS = 20
"""Until one keeps the constraints; then the sampler proposes instead."""


class PriorDensity:
    """Kernels of equal weight.

    Args:
        origin: of a config that is drawn from it.
        space: what is drawn from; what no kernel has a value of is as likely everywhere.
        rows: ``(kernels, columns)``, as :class:`~cnnsearch.search.samplers.densities.columns.Columns` has them.
        widths: of each column.
    """

    def __init__(self, origin: str, space: Space, rows: Rows, widths: Sequence[float]) -> None:
        self.origin = origin
        self._space = space
        self._columns = Columns(space)
        self._rows = rows
        self._widths = widths

    def draw(self, rng: np.random.Generator) -> Config | None:
        """A config; ``None`` where hardly any that is believed to be good keeps the constraints."""
        for _ in range(_DRAWS):
            config = self._columns.config(self._drawn(rng))
            if self._space.allows(config):
                return config
        return None

    def _drawn(self, rng: np.random.Generator) -> Rows:
        centre = self._rows[rng.integers(len(self._rows))]
        each = zip(centre, self._columns.options, self._widths, strict=True)
        drawn = [drawn_near(rng, np.array([value]), options, width)[0] for value, options, width in each]
        return np.array(drawn)


def of_parameters(space: Space) -> PriorDensity | None:
    """What the parameters of a space say; ``None``: nothing."""
    priors = {
        name: parameter.prior
        for name in space.searched
        if isinstance(parameter := space[name], (Float, Int, Choice)) and parameter.prior is not None
    }
    if not priors:
        return None
    columns = Columns(space)
    row = columns.row({name: prior.value for name, prior in priors.items()})
    widths = [_WIDTHS[priors[name].sure] if name in priors else 1.0 for name in columns.names]
    return PriorDensity(OF_PARAMETERS, space, row[None, :], widths)


def of_learnt(learnt: Learnt, space: Space) -> PriorDensity | None:
    """Around configs that are taken to be good; ``None``: they say nothing of this space."""
    columns = Columns(space)
    rows = np.array([columns.row(config) for config in learnt.good]).reshape(len(learnt.good), len(columns.names))
    rows = rows[~np.isnan(rows).all(axis=1)]
    if not len(rows):
        return None
    return PriorDensity(learnt.origin, space, rows, [_WIDTHS[learnt.sure]] * len(columns.names))
