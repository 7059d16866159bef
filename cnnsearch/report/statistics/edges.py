"""Whether the best values of a parameter lie at the edge of its range, so that better ones may lie beyond."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.statistics.outcome import winning
from cnnsearch.space import Choice, Constant, Parameter
from cnnsearch.space.values import is_number

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Edge", "edges", "place_of"]

NEAR = 0.05
"""Share of a range, in its logarithm where it is searched so, that counts as its edge."""

FEWEST_TRIALS = 10
"""With fewer trials it is chance where the best one lies."""


@dataclass(frozen=True)
class Edge:
    """One end of one parameter's range at which the best trials stand.

    Attributes:
        parameter: its name.
        side: ``lower`` or ``upper``.
        bound: the end of the range.
        value: of the best trial; ``None`` where the parameter is not active in it.
        winner: whether the best trial lies at this edge.
        top, top_all: how many of the best trials lie at this edge, and how many of the best have this parameter.
        near, all: how many of all trials with a value lie there, and how many have this parameter.
        p_value: of so many of the best by chance (hypergeometric, not corrected for the number of parameters).
    """

    parameter: str
    side: str
    bound: float
    value: float | None
    winner: bool
    top: int
    top_all: int
    near: int
    all: int
    p_value: float


def edges(study: Study) -> tuple[Edge, ...]:
    """The ends of ranges at which more of the best trials stand than chance explains.

    That is a probability below 5 % for all ends together (Bonferroni) that so many of the best tenth lie there as often
    as all trials do: where most trials stand at an end anyway, as a good sampler makes them, the best do not tell. An
    end beyond which a parameter has no meaning (a dropout of 0, no dense layers) is none.
    """
    if len(study.ranked) < FEWEST_TRIALS:
        return ()
    candidates = [
        _edge(study, name, side, bound)
        for name in study.experiment.space.searched
        for side, bound in _open_ends(study, name)
    ]
    found = [edge for edge in candidates if edge is not None]
    return tuple(edge for edge in found if edge.p_value < 0.05 / len(found))


def place_of(parameter: Parameter, value: Any) -> float | None:
    """Where a number lies in its parameter's range, 0..1, in the logarithm where that is searched; else ``None``.

    The numbers of a choice are placed by their order.
    """
    if not is_number(value):
        return None
    if isinstance(parameter, (Choice, Constant)):
        place, options = parameter.position(value), _ordered(parameter)
        if place is None or not options:
            return None
        rank = sorted(range(len(options)), key=list(parameter.values()).__getitem__).index(place)  # type: ignore[arg-type]
        return rank / max(1, len(options) - 1)
    low, high = parameter.ends
    if low == high:
        return 0.5
    if parameter.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float(min(1.0, max(0.0, (value - low) / (high - low))))


def _ordered(parameter: Choice | Constant) -> list[Any]:
    """The options of a choice of numbers in their order; none where they are no numbers."""
    options = list(parameter.values())
    return sorted(options) if all(is_number(option) for option in options) else []  # type: ignore[type-var]


def _open_ends(study: Study, name: str) -> list[tuple[str, float]]:
    """Side and bound of each end of a range beyond which there would be values with a meaning."""
    parameter, spec = study.experiment.space[name], study.experiment.searchable.get(name)
    if isinstance(parameter, (Choice, Constant)):
        options = _ordered(parameter)
        if len(options) < 3:  # of two options the better one is always at an end
            return []
        low, high = options[0], options[-1]
    else:
        low, high = parameter.ends
    ends = []
    if spec is None or low > spec.low:
        ends.append(("lower", float(low)))
    if spec is None or high < spec.high:
        ends.append(("upper", float(high)))
    return ends


def _edge(study: Study, name: str, side: str, bound: float) -> Edge | None:
    parameter = study.experiment.space[name]
    ranked = [record for record in study.ranked if name in record.config]
    if not ranked:
        return None
    number = max(5, math.ceil(len(study.ranked) / 10))
    top = [record for record in study.ranked[:number] if name in record.config]
    near = sum(_is_near(parameter, record.config, name, side) for record in ranked)
    top_near = sum(_is_near(parameter, record.config, name, side) for record in top)
    best: Mapping[str, Any] = (winning(study) or study.ranked[0]).config
    return Edge(
        parameter=name,
        side=side,
        bound=bound,
        value=float(best[name]) if name in best else None,
        winner=name in best and _is_near(parameter, best, name, side),
        top=top_near,
        top_all=len(top),
        near=near,
        all=len(ranked),
        p_value=_at_least(top_near, near, len(top), len(ranked)),
    )


def _is_near(parameter: Parameter, config: Mapping[str, Any], name: str, side: str) -> bool:
    place = place_of(parameter, config[name])
    if place is None:
        return False
    # An end value of few is far more than a twentieth of the range.
    return place <= NEAR if side == "lower" else place >= 1 - NEAR


def _at_least(found: int, marked: int, drawn: int, total: int) -> float:
    """Probability that so many of ``drawn`` trials are among the ``marked`` of ``total``, or more."""
    ways = math.comb(total, drawn)
    likely = range(found, min(marked, drawn) + 1)
    return sum(math.comb(marked, k) * math.comb(total - marked, drawn - k) for k in likely) / ways
