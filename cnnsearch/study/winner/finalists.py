"""Finalists: the best trials of a search on fresh seeds, and the winner that is named from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.study.fronts import Vector
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import FinalistLine

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["MODELS", "Finalists", "Naming", "Run", "Standing", "as_recorded", "fresh_seeds", "model_of"]

MODELS = "models"
"""Folder of the finalists' models, until a winner is named."""

_FRESH = 0xF1A1
"""Tells the seeds of finalists from those of trials, which are made of the experiment's seed and a number too."""


@dataclass(frozen=True)
class Run:
    """One training of a finalist; run ``k`` has the same seed for all finalists."""

    trial: int
    run: int
    seed: int


@dataclass(frozen=True)
class Naming:
    """A winner that was named, which stays until another one is.

    Attributes:
        trial, run: whose model is in ``best/``.
        trials: finalists that were compared; empty where an older study does not tell.
        runs: of each of them; 0 likewise.
    """

    trial: int
    run: int
    trials: tuple[int, ...] = ()
    runs: int = 0


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
        ended: ``(trial, run)`` -> its line.
        former: the comparison in which the last winner was named; ``None`` where none was.
        ranking: which one is chosen where there are several objectives; ``None``: there is one.
    """

    sign: float
    planned: tuple[Run, ...]
    ended: Mapping[tuple[int, int], FinalistLine]
    former: Finalists | None = None
    ranking: Ranking | None = None

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        trials: Sequence[int],
        lines: Iterable[FinalistLine],
        naming: Naming | None = None,
    ) -> Finalists:
        """The finalists of a search that is over.

        These are its best trials, and, where a search that had named a winner was extended, those that were compared
        before: a config that has proven itself on all fresh seeds does not go because of what one seed gave another.

        Args:
            experiment: with a section ``finalists``, unless there is a naming.
            trials: of the search, best first.
            lines: of runs; the last one of a run counts.
            naming: of the last winner.

        Raises:
            ValueError: the experiment asks for no finalists, and none was named.
        """
        section = experiment.finalists
        every = {(line.trial, line.run): line for line in lines}
        former = None if naming is None else cls._before(experiment, trials, every, naming)
        if section is None:
            if former is None:
                raise ValueError("the experiment has no section 'finalists'")
            return former
        proven = {trial for trial in trials if all((trial, run) in every for run in range(section.seeds))}
        if former is not None and naming is not None:
            proven.add(naming.trial)
        chosen = [*trials[: section.top], *(trial for trial in trials[section.top :] if trial in proven)]
        return cls._planned(experiment, chosen, section.seeds, every, former)

    @classmethod
    def _before(
        cls,
        experiment: Experiment,
        ranked: Sequence[int],
        every: Mapping[tuple[int, int], FinalistLine],
        naming: Naming,
    ) -> Finalists | None:
        """The comparison of a naming; ``None`` where its runs are not in the record."""
        runs = naming.runs or 1 + max((run for trial, run in every if trial == naming.trial), default=-1)
        has_all = {trial for trial in ranked if all((trial, run) in every for run in range(runs))}
        among = naming.trials or ranked
        trials = [trial for trial in ranked if trial in has_all and trial in among]
        known = runs and naming.trial in trials and has_all.issuperset(naming.trials)
        return cls._planned(experiment, trials, runs, every, None) if known else None

    @classmethod
    def _planned(
        cls,
        experiment: Experiment,
        trials: Sequence[int],
        seeds: int,
        every: Mapping[tuple[int, int], FinalistLine],
        former: Finalists | None,
    ) -> Finalists:
        numbered = enumerate(fresh_seeds(experiment.seed, seeds))
        planned = tuple(Run(trial, run, seed) for run, seed in numbered for trial in trials)
        known = {(run.trial, run.run) for run in planned}
        ended = {key: line for key, line in every.items() if key in known}
        ranking = Ranking.of(experiment)
        return cls(experiment.objective.sign, planned, ended, former, ranking if ranking.has_several else None)

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

        A config of which a run failed does not win against one that always trained, whatever its other runs gave. Of
        several objectives the first is the one that is chosen by their means.
        """
        contenders, compared = self._contenders, self.compared
        found = []
        for trial in self.trials:
            values = self._values(trial)
            may_win = trial in contenders
            counted = [values[run] for run in (compared if may_win else values)]
            mean = sum(counted) / len(counted) if counted else None
            found.append(Standing(trial, values, self._failed(trial), mean, may_win))
        ordered = sorted(
            found,
            key=lambda one: (not one.compared, one.failed, one.mean is None, -self.sign * (one.mean or 0.0)),
        )
        chosen = self._chosen(ordered)
        return tuple(sorted(ordered, key=lambda one: one.trial != chosen))

    def vector(self, trial: int) -> Vector | None:
        """Of several objectives the means over the runs that are compared, more being better."""
        if self.ranking is None:
            return None
        lines = [self.ended[trial, run] for run in self.compared]
        found = [self.ranking.vector(line.best_value, line.cost) for line in lines]
        known = [each for each in found if each is not None]
        if not known or len(known) < len(found):
            return None
        return tuple(sum(each) / len(known) for each in zip(*known, strict=True))

    def _chosen(self, ordered: Sequence[Standing]) -> int | None:
        """Which of several objectives' finalists is taken; of one objective the first."""
        vectors = {one.trial: vector for one in ordered if one.compared and (vector := self.vector(one.trial))}
        if self.ranking is None or not vectors:
            return ordered[0].trial if ordered else None
        return list(vectors)[self.ranking.chosen(list(vectors.values()))]

    @property
    def decided(self) -> Finalists:
        """The comparison that names the winner: this one, or while runs remain the one that named the last."""
        return self.former if self.remaining and self.former is not None else self

    @property
    def naming(self) -> Naming | None:
        """Of the winner; ``None`` where there is none."""
        chosen, decided = self.chosen, self.decided
        if chosen is None:
            return None
        runs = 1 + max(run.run for run in decided.planned)
        return Naming(chosen.trial, chosen.run, decided.trials, runs)

    @property
    def winner(self) -> int | None:
        """The trial with the best mean; while runs remain the one that was named before.

        ``None`` where none was, or no run gave a value.
        """
        decided = self.decided
        if decided.remaining or not decided.compared:
            return None
        return decided.standings[0].trial

    @property
    def chosen(self) -> FinalistLine | None:
        """The line of the winner's run with the median value, of an even number the lower of the two in the middle.

        It is an ordinary run, neither a lucky nor an unlucky one: its model is the one to ship.
        """
        return None if self.winner is None else self.decided.median_of(self.winner)

    def median_of(self, trial: int) -> FinalistLine:
        """The line of a finalist's run with the median value, likewise.

        Raises:
            ValueError: none of its runs has a value.
        """
        values = self._values(trial)
        if not values:
            raise ValueError(f"no run of finalist {trial} has a value")
        ordered = sorted(values, key=lambda run: (self.sign * values[run], run))
        return self.ended[trial, ordered[(len(ordered) - 1) // 2]]

    def summary(self) -> dict[str, Any]:
        """Of JSON types only: the winner, the run that was chosen, how each did, and how many runs remain."""
        chosen = self.chosen
        return {
            "winner": self.winner,
            "run": None if chosen is None else chosen.run,
            "standings": [
                {"trial": one.trial, "mean": one.mean, "values": list(one.values.values()), "failed": one.failed}
                for one in self.decided.standings
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
        return {run: line.best_value for run, line in lines.items() if line.state != "FAILED"}

    def _failed(self, trial: int) -> int:
        return sum(line.state == "FAILED" for (of, _), line in self.ended.items() if of == trial)


def as_recorded(naming: Naming | None) -> dict[str, Any] | None:
    """What ``best/metrics.json`` says of a naming, beside whose model it is."""
    return None if naming is None else {"trials": list(naming.trials), "runs": naming.runs}


def model_of(trial: int, run: int) -> str:
    """Where the model of a run lies until a winner is named."""
    return f"{MODELS}/{trial:06d}-{run}.keras"


def fresh_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Seeds that no trial of an experiment with this ``seed`` has had; more of them begin with the same ones."""
    import numpy as np

    return tuple(int(np.random.SeedSequence((seed, _FRESH, run)).generate_state(1)[0]) for run in range(count))
