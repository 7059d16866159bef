"""The section on ranks: how far the order of configs in float is their order when they are compressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.compression.ranks.trials import FLOAT, RANKED, RankedSet
from benchmarks.results import as_table

__all__ = ["Ranks", "ranks_of", "render_ranks"]

Line = Mapping[str, Any]


class Ranks:
    """Accuracies of the same configs, before and after.

    Args:
        float32: ``(seeds, configs)``, of the models that were trained.
        compressed: the same of what was made of each.
    """

    def __init__(self, float32: np.ndarray, compressed: np.ndarray) -> None:
        self._float32 = float32
        self._compressed = compressed

    @property
    def of_compression(self) -> float:
        """Spearman's correlation before and after, of the same trainings; the mean over seeds."""
        return float(np.mean([_spearman(*pair) for pair in zip(self._float32, self._compressed, strict=True)]))

    @property
    def of_seeds(self) -> float:
        """Spearman's correlation of the float models of two seeds: what it is where nothing but chance changes."""
        return _between_seeds(self._float32, self._float32)

    @property
    def across(self) -> float:
        """Spearman's correlation of float models with the compressed ones of another seed."""
        return _between_seeds(self._float32, self._compressed)

    @property
    def loss(self) -> float:
        """Mean of what compression costs, in points."""
        return 100 * float(np.mean(self._float32 - self._compressed))

    @property
    def gain_of_choosing(self) -> float:
        """Points of compressed accuracy that are gained by choosing by it, and not by that of the float models.

        A config is chosen on one seed and judged on the others, so that nobody is judged by what it was chosen by.
        """
        found = []
        for seed in range(len(self._float32)):
            others = np.delete(self._compressed, seed, axis=0).mean(axis=0)
            found.append(others[self._compressed[seed].argmax()] - others[self._float32[seed].argmax()])
        return 100 * float(np.mean(found))

    @property
    def places(self) -> list[int]:
        """Of the float winner of each seed among the compressed models of the same trainings, 1 the best."""
        return [
            1 + int((after > after[before.argmax()]).sum())
            for before, after in zip(self._float32, self._compressed, strict=True)
        ]


def ranks_of(lines: Sequence[Line], way: str) -> tuple[Ranks | None, int]:
    """Of one set and way, and how many configs it is of: those that were measured on every seed."""
    seeds = sorted({line["seed"] for line in lines})
    at = {(line["config"], line["seed"]): line.get("accuracy", {}) for line in lines}
    whole = [
        config
        for config in sorted({line["config"] for line in lines})
        if all({FLOAT, way} <= at.get((config, seed), {}).keys() for seed in seeds)
    ]
    if len(seeds) < 2 or len(whole) < 3:
        return None, len(whole)
    float32, compressed = (np.array([[at[c, s][name] for c in whole] for s in seeds]) for name in (FLOAT, way))
    return Ranks(float32, compressed), len(whole)


def render_ranks(lines: Sequence[Line]) -> str:
    """The section; empty where nothing was measured."""
    return "\n".join(part for each in RANKED for part in _section(each, [x for x in lines if x["set"] == each.name]))


def _section(each: RankedSet, lines: Sequence[Line]) -> Iterator[str]:
    if not lines:
        return
    yield f"### {each.title}\n"
    first = lines[0]
    versions = ", ".join(f"{package} {version}" for package, version in first["versions"].items())
    yield (
        f"{len(lines)} trainings of {each.configs} configs, {each.epochs} epochs each, {each.epochs_after} after half "
        f"of the filters went, {first.get('pictures', 0):,} validation pictures; begun "
        f"{first['date'].replace('+00:00', ' UTC')}, {first['machine']}; {versions}.\n"
    )
    rows = []
    ways = dict.fromkeys(name for line in lines for name in line.get("accuracy", {}) if name != FLOAT)
    for way in ways:
        found, count = ranks_of(lines, way)
        if found is None:
            continue
        rows.append(
            [
                way,
                str(count),
                f"{found.loss:z.1f}",
                f"{found.of_compression:z.2f}",
                f"{found.across:z.2f}",
                f"{found.of_seeds:z.2f}",
                ", ".join(map(str, found.places)),
                f"{found.gain_of_choosing:z.1f}",
            ]
        )
    head = ["model", "configs", "loss", "ranks", "of another seed", "of float by seeds", "float winner's place", "gain"]
    yield as_table(head, rows) if rows else "Too few trainings for ranks.\n"
    failed = [(line["config"], way, why) for line in lines for way, why in line.get("failed", {}).items()]
    for config, way, why in dict.fromkeys(failed):
        yield f"Config {config} could not be made {way}: {why}\n"


def _between_seeds(before: np.ndarray, after: np.ndarray) -> float:
    seeds = range(len(before))
    return float(np.mean([_spearman(before[one], after[two]) for one in seeds for two in seeds if one != two]))


def _spearman(one: np.ndarray, two: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, two).statistic)
