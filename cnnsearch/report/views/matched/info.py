"""Configs that more than one study has tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.statistics.comparable import fewest_pictures, shared_metric
from cnnsearch.space import config_key, value_key

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["MOST_ROWS", "Match", "MatchedInfo", "matched_info"]

MOST_ROWS = 30


@dataclass(frozen=True)
class Match:
    """One config in several studies.

    Attributes:
        config: what tells it from the other matches: the parameters that vary over them; of a single match those that a
            study searched.
        trials: ``(trial, value)`` of its best trial in each study; ``None`` where the study has not tried it.
    """

    config: tuple[tuple[str, Any], ...]
    trials: tuple[tuple[int, float] | None, ...]


@dataclass(frozen=True)
class MatchedInfo:
    """Configs with a value in at least two studies, every default filled in.

    Attributes:
        metric: that all studies share; ``None`` where they do not.
        rows: at most :data:`MOST_ROWS`, the best value of any study first.
        total: number of such configs.
        pictures: of validation, in the study that has the fewest.
        differences: for each study after the first, the mean of its values minus those of the first study over the
            configs that both tried; ``None`` where there is none.
    """

    metric: str | None
    names: tuple[str, ...]
    rows: tuple[Match, ...]
    total: int
    differences: tuple[float | None, ...]
    pictures: int = 0


def matched_info(studies: Sequence[Study]) -> MatchedInfo:
    sign = studies[0].experiment.objective.sign
    found: dict[str, dict[int, tuple[int, float]]] = {}
    configs: dict[str, dict[str, Any]] = {}
    for place, study in enumerate(studies):
        for record in study.ranked:
            config = {"model": study.experiment.model, **study.experiment.filled(record.config)}
            key = config_key(config)
            configs[key] = config
            found.setdefault(key, {}).setdefault(place, (record.trial, record.best_value))
    keys = [key for key, trials in found.items() if len(trials) > 1]
    keys.sort(key=lambda key: -max(sign * value for _, value in found[key].values()))
    searched = dict.fromkeys(name for study in studies for name in study.experiment.space.searched)
    varying = _varying([configs[key] for key in keys]) or list(searched)  # of a single config nothing varies
    return MatchedInfo(
        metric=shared_metric(studies),
        names=tuple(study.name for study in studies),
        rows=tuple(
            Match(
                tuple((name, configs[key][name]) for name in varying if name in configs[key]),
                tuple(found[key].get(place) for place in range(len(studies))),
            )
            for key in keys[:MOST_ROWS]
        ),
        total=len(keys),
        differences=tuple(_difference([found[key] for key in keys], place) for place in range(1, len(studies))),
        pictures=fewest_pictures(studies),
    )


def _varying(configs: Sequence[dict[str, Any]]) -> list[str]:
    names = dict.fromkeys(name for config in configs for name in config)
    return [name for name in names if len({value_key(config.get(name)) for config in configs}) > 1]


def _difference(rows: Sequence[dict[int, tuple[int, float]]], place: int) -> float | None:
    both = [row[place][1] - row[0][1] for row in rows if 0 in row and place in row]
    return sum(both) / len(both) if both else None
