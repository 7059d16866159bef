"""A density over rows of columns: one kernel around each of them, and a uniform one beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp, ndtr

from cnnsearch.search.samplers.densities.columns import Rows
from cnnsearch.search.samplers.densities.kernels import drawn_near, spread

__all__ = ["Mixture"]


class Mixture:
    """Product kernels of equal weight: truncated normals in ranges, Aitchison and Aitken's in choices.

    Where its own row has no value a kernel is uniform, as the one is that stands for all that has not been tried.

    Args:
        rows: ``(kernels, columns)``, as :class:`~cnnsearch.search.samplers.densities.columns.Columns` makes them.
        options: of each column, as there.
        width: standard deviation of a single kernel; Scott's rule makes more of them narrower.
    """

    def __init__(self, rows: Rows, options: Sequence[int], width: float) -> None:
        self._options = options
        self._rows = np.vstack([rows, np.full((1, len(options)), np.nan)])
        self._width = width * max(len(rows), 1) ** (-1 / (len(options) + 4))

    def draw(self, rng: np.random.Generator, count: int) -> Rows:
        """``(count, columns)``, every column with a value."""
        centres = self._rows[rng.integers(len(self._rows), size=count)]
        drawn = [
            drawn_near(rng, centres[:, column], options, self._width) for column, options in enumerate(self._options)
        ]
        return np.stack(drawn, axis=1) if drawn else centres

    def log_density(self, rows: Rows) -> Rows:
        """Of each row; a column without a value counts for nothing."""
        logs = np.zeros((len(rows), len(self._rows)))
        for column in range(len(self._options)):
            logs += np.where(np.isnan(rows[:, column, None]), 0.0, self._logs(column, rows[:, column]))
        return logsumexp(logs, axis=1) - np.log(len(self._rows))  # type: ignore[no-any-return]

    def _logs(self, column: int, values: Rows) -> Rows:
        """``(rows, kernels)``: the logarithm of each kernel's density in one column."""
        centres, options = self._rows[:, column], self._options[column]
        if options:
            chance = spread(options, self._width)
            near = np.where(values[:, None] == centres, 1 - chance, chance / (options - 1))
            return np.log(np.where(np.isnan(centres), 1 / options, near))
        within = self._width * np.sqrt(2 * np.pi) * (ndtr((1 - centres) / self._width) - ndtr(-centres / self._width))
        normal = -0.5 * ((values[:, None] - centres) / self._width) ** 2 - np.log(within)
        return np.where(np.isnan(centres), 0.0, normal)
