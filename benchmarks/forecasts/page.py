"""The page: a row a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.forecasts.replay import Forecast
from cnnsearch.numbers import duration
from cnnsearch.study import Study

__all__ = ["Row", "render"]

_FROM = 5
"""Trials that must have ended before a forecast is judged."""

_ALLOWED = 1.5
"""Factor by which one may be wrong."""


@dataclass(frozen=True)
class Row:
    """What is told of a sweep.

    Attributes:
        name: of its study.
        plan: scheduler and what follows the search, in words.
        packages: versions, by name.
        seconds: that it took, from its first proposal on.
        forecasts: all of them.
    """

    name: str
    plan: str
    packages: dict[str, str]
    seconds: float
    forecasts: tuple[Forecast, ...]

    @classmethod
    def of(cls, study: Study, forecasts: Sequence[Forecast]) -> Row:
        experiment = study.experiment
        asked = experiment.finalists
        following = [] if asked is None else [f"{asked.top} x {asked.seeds} finalists"]
        following += [] if experiment.final == "keep" else [experiment.final]
        plan = ", ".join([experiment.model, str(experiment.scheduler["name"]), *following])
        last = forecasts[-1]
        packages = dict(study.environment.get("packages", {}))
        return cls(study.name, plan, packages, last.elapsed + last.came, tuple(forecasts))

    @property
    def judged(self) -> list[Forecast]:
        return [each for each in self.forecasts if each.trials >= _FROM]

    @property
    def within(self) -> int:
        return sum(each.factor is not None and each.factor <= _ALLOWED for each in self.judged)

    @property
    def cells(self) -> list[str]:
        factors = [each.factor for each in self.judged if each.factor is not None]
        said = [f"{median(factors):.2f}", f"{max(factors):.2f}"] if factors else ["-", "-"]
        ended = str(max(each.trials for each in self.forecasts))
        return [self.name, self.plan, ended, duration(self.seconds), f"{self.within} of {len(self.judged)}", *said]


def render(rows: Sequence[Row], date: str, note: str) -> str:
    """Markdown."""
    within, judged = sum(row.within for row in rows), sum(len(row.judged) for row in rows)
    packages = rows[0].packages
    versions = ", ".join(f"{name} {packages[name]}" for name in ("cnnsearch", "tensorflow", "ray") if name in packages)
    head = ["sweep", "of it", "trials", "took", f"within {_ALLOWED}", "median", "worst"]
    lines = [head, ["---", "---", "---:", "---:", "---:", "---:", "---:"], *(row.cells for row in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"""# Forecasts

How long a sweep will still take, as `cnnsearch watch` would have told whenever a training ended, beside what came. The
records of sweeps that are over are written once more, line by line. A forecast is of all that is left: search,
finalists, refit and the reading of the test split. Judged are those from the {_FROM}th trial on; the last two columns
are the factors by which these were wrong.

    python -m benchmarks forecasts STUDY ...

{date}, {versions}. {note}

{table}

Within a factor of {_ALLOWED} were {within} of {judged}.
"""
