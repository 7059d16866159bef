"""The front of a search for several objectives, and how it grew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnsearch.escaping import shell_line
from cnnsearch.study.front_words import aims_of
from cnnsearch.study.fronts import Vector, front_of, hypervolume
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.winner.kept_models import kept_trials, of_one_fold

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["FrontInfo", "FrontRow", "Growth", "front_info"]

_MOST_POINTS = 100
"""Of the curve; with many objectives a hypervolume takes a while."""


@dataclass(frozen=True)
class FrontRow:
    """A trial that no other one beats.

    Attributes:
        values: of its objectives, in their order.
        means: of these over fresh seeds; empty where it was no finalist.
        config: of what was searched.
        is_kept: whether its model is in the study.
        command: that gives its model.
        fold: what must be known of a model of one fold; empty of any other.
    """

    trial: int
    values: tuple[float | None, ...]
    means: tuple[float, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    is_kept: bool = False
    command: str = ""
    fold: str = ""


@dataclass(frozen=True)
class Growth:
    """The hypervolume when a trial had ended.

    Attributes:
        trials: that had ended with a value.
        minutes: since the first proposal.
        volume: of what is beaten by the front, as a share of the box between the worst and the best of each objective
            that the whole search gave.
    """

    trials: int
    minutes: float
    volume: float


@dataclass(frozen=True)
class FrontInfo:
    """The front of a study.

    Attributes:
        names: of the objectives; one alone where there is no front.
        modes: of each, ``max`` or ``min``.
        rows: best metric first.
        chosen: the trial that is shipped; ``None`` where there is none.
        choose: by what it was chosen, in words.
        named: whether it was chosen by means over fresh seeds.
        growth: by the trials that changed it, and at the end.
        pictures: of the validation split, over which the metric is; 0 where the record does not tell.
    """

    names: tuple[str, ...]
    modes: tuple[str, ...]
    rows: tuple[FrontRow, ...]
    chosen: int | None
    choose: str
    named: bool
    growth: tuple[Growth, ...]
    pictures: int = 0


def front_info(study: Study) -> FrontInfo:
    objective = study.experiment.objective
    return FrontInfo(
        names=objective.names,
        modes=objective.modes,
        rows=tuple(_rows(study)),
        chosen=study.best.trial if study.best else None,
        choose=str(study.experiment.choose),
        named=study.best is not None and study.best.run is not None,
        growth=tuple(_growth(study)) if study.front else (),
        pictures=pictures_of(study, "validation"),
    )


def _rows(study: Study) -> Iterator[FrontRow]:
    kept = set(kept_trials(study)) if study.front else set()
    for line in study.front:
        is_kept = line.trial in kept
        yield FrontRow(
            trial=line.trial,
            values=tuple(aims_of(study, line).values()),
            means=_means(study, line.trial),
            config=study.experiment.space.own(line.config),
            is_kept=is_kept,
            command=_command(study, line.trial, is_kept),
            fold=of_one_fold(study, line.trial) if is_kept else "",
        )


def _command(study: Study, trial: int, is_kept: bool) -> str:
    if is_kept:
        return shell_line(["cnnsearch", "export", study.source, "--trial", str(trial), "-o", f"trial-{trial}.keras"])
    return shell_line(["cnnsearch", "rerun", study.source, str(trial), "--export", f"trial-{trial}.keras"])


def _means(study: Study, trial: int) -> tuple[float, ...]:
    finalists = study.finals.decided if study.finals else None
    if finalists is None or trial not in finalists.trials or not finalists.compared:
        return ()
    if (vector := finalists.vector(trial)) is None:
        return ()
    return (study.experiment.objective.sign * vector[0], *(-each for each in vector[1:]))


def _growth(study: Study) -> list[Growth]:
    ranking, clock = Ranking.of(study.experiment), study.clock
    ended = [
        (line, vector)
        for line in sorted(study.records, key=lambda line: line.ended)
        if line.state == "COMPLETED" and (vector := ranking.vector_of(line)) is not None
    ]
    scaled = _scaled([vector for _, vector in ended])
    changes: list[tuple[int, TrialLine, list[Vector]]] = []
    front: list[Vector] = []
    for number, ((line, _), vector) in enumerate(zip(ended, scaled, strict=True), 1):
        grown = [*front, vector]
        kept = [grown[place] for place in front_of(grown)]
        if vector in kept or number == len(ended):
            front = kept
            changes.append((number, line, front))
    step = max(1, -(-len(changes) // _MOST_POINTS))
    drawn = [*changes[:-1:step], *changes[-1:]]
    origin = (0.0,) * len(study.experiment.objective.names)
    return [
        Growth(number, clock.at(line.ended) / 60, hypervolume(sorted(set(front)), origin))
        for number, line, front in drawn
    ]


def _scaled(vectors: Sequence[Vector]) -> list[Vector]:
    """Each objective from 0, the worst of all, to 1, the best; where all have the same, 1."""
    ends = [(min(each), max(each)) for each in zip(*vectors, strict=True)]
    return [
        tuple((value - low) / (high - low) if high > low else 1.0 for value, (low, high) in zip(one, ends, strict=True))
        for one in vectors
    ]
