"""Finalists: the best trials of a search on fresh seeds, and the winner that is named from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["Finalists", "Run", "Standing", "fresh_seeds"]

_FRESH = 0xF1A1
"""Tells the seeds of finalists from those of trials, which are made of the experiment's seed and a number too."""


@dataclass(frozen=True)
class Run:
    """One training of a finalist; run ``k`` has the same seed for all finalists."""

    trial: int
    run: int
    seed: int


@dataclass(frozen=True)
class Standing:
    """How a finalist did.

    Attributes:
        trial: its number.
        values: run -> objective at its best epoch.
        failed: runs that failed.
        mean: of the values of the runs that are compared; of all of its values where it is out of the comparison.
            ``None`` where it has none.
        compared: whether it may win: no other finalist had fewer runs that failed.
    """

    trial: int
    values: Mapping[int, float]
    failed: int
    mean: float | None
    compared: bool


@dataclass(frozen=True)
class Finalists:
    """What the record tells of the finalists; everything else follows from that.

    Attributes:
        sign: +1 where a larger objective is better, -1 where a smaller is.
        planned: all runs, seed by seed, so that whole seeds are there if they are cut short.
        ended: ``(trial, run)`` -> its line of ``finalists.jsonl``.
    """

    sign: float
    planned: tuple[Run, ...]
    ended: Mapping[tuple[int, int], Mapping[str, Any]]

    @classmethod
    def of(
        cls, experiment: Experiment, ranked: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
    ) -> Finalists:
        """The finalists of a search that is over.

        Args:
            experiment: with a section ``finalists``.
            ranked: lines of the search's trials, best first.
            lines: those of ``finalists.jsonl``; the last one of a run counts.

        Raises:
            ValueError: the experiment asks for no finalists.
        """
        section = experiment.finalists
        if section is None:
            raise ValueError("the experiment has no section 'finalists'")
        trials = [record["trial"] for record in ranked[: section.top]]
        seeds = fresh_seeds(experiment.seed, section.seeds)
        planned = tuple(Run(trial, run, seed) for run, seed in enumerate(seeds) for trial in trials)
        known = {(run.trial, run.run) for run in planned}
        ended = {(line["trial"], line["run"]): line for line in lines}
        return cls(experiment.objective.sign, planned, {key: line for key, line in ended.items() if key in known})

    @property
    def trials(self) -> tuple[int, ...]:
        """Their numbers, in the order of the search."""
        return tuple(dict.fromkeys(run.trial for run in self.planned))

    @property
    def remaining(self) -> tuple[Run, ...]:
        """Runs that have not ended."""
        return tuple(run for run in self.planned if (run.trial, run.run) not in self.ended)

    @property
    def compared(self) -> tuple[int, ...]:
        """Runs in which every finalist that may win has a value: only these are compared."""
        values = [self._values(trial) for trial in self._contenders]
        return tuple(sorted(set.intersection(*map(set, values)))) if values else ()

    @property
    def standings(self) -> tuple[Standing, ...]:
        """All finalists, best first: those that may win by their means, of equals the one that the search ranked first.

        A config of which a run failed does not win against one that always trained, whatever its other runs gave.
        """
        contenders, compared = self._contenders, self.compared
        found = []
        for trial in self.trials:
            values = self._values(trial)
            may_win = trial in contenders
            counted = [values[run] for run in (compared if may_win else values)]
            mean = sum(counted) / len(counted) if counted else None
            found.append(Standing(trial, values, self._failed(trial), mean, may_win))
        return tuple(
            sorted(
                found,
                key=lambda one: (not one.compared, one.failed, one.mean is None, -self.sign * (one.mean or 0.0)),
            )
        )

    @property
    def winner(self) -> int | None:
        """The trial with the best mean; ``None`` while runs remain, or where none gave a value."""
        if self.remaining or not self.compared:
            return None
        return self.standings[0].trial

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The line of the winner's run with the median value, of an even number the lower of the two in the middle.

        It is an ordinary run, neither a lucky nor an unlucky one: its model is the one to ship.
        """
        winner = self.winner
        if winner is None:
            return None
        values = self._values(winner)
        ordered = sorted(values, key=lambda run: (self.sign * values[run], run))
        return self.ended[winner, ordered[(len(ordered) - 1) // 2]]

    def summary(self) -> dict[str, Any]:
        """Of JSON types only: the winner, the run that was chosen, how each did, and how many runs remain."""
        chosen = self.chosen
        return {
            "winner": self.winner,
            "run": None if chosen is None else chosen["run"],
            "standings": [
                {"trial": one.trial, "mean": one.mean, "values": list(one.values.values()), "failed": one.failed}
                for one in self.standings
            ],
            "remaining": len(self.remaining),
        }

    @property
    def _contenders(self) -> tuple[int, ...]:
        valued = [trial for trial in self.trials if self._values(trial)]
        fewest = min((self._failed(trial) for trial in valued), default=0)
        return tuple(trial for trial in valued if self._failed(trial) == fewest)

    def _values(self, trial: int) -> dict[int, float]:
        lines = {run: line for (of, run), line in sorted(self.ended.items()) if of == trial}
        return {run: line["value"] for run, line in lines.items() if line["state"] != "FAILED"}

    def _failed(self, trial: int) -> int:
        return sum(line["state"] == "FAILED" for (of, _), line in self.ended.items() if of == trial)


def fresh_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Seeds that no trial of an experiment with this ``seed`` has had; more of them begin with the same ones."""
    import numpy as np

    return tuple(int(np.random.SeedSequence((seed, _FRESH, run)).generate_state(1)[0]) for run in range(count))
