"""Which searched parameters decide whether a trial is among the best."""

from __future__ import annotations

import contextlib
import json
import math
import warnings
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.report.statistics.outcome import evenly
from cnnsearch.space import Choice, Constant, Float, Parameter, value_key

if TYPE_CHECKING:
    import optuna

    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["FEWEST_TRIALS", "Importance", "ImportanceInfo", "importance_info"]

FEWEST_TRIALS = 10
"""With fewer trials the importances say more about chance than about the parameters."""

_DEALS, _FEWER_DEALS = 59, 19
_GROUPS = 10
_NORMAL = 1.96
_MANY_TRIALS, _MOST_TRIALS = 150, 500


@dataclass(frozen=True)
class Importance:
    """One parameter.

    Attributes:
        share: its part of the importance of all, 0..1.
        low, high: 95% interval of the share, by leaving out a tenth of the trials ten times (jackknife).
        chance: share that it would reach in one of twenty cases if no parameter mattered.
        trials: number of evaluated trials in which it is active.
    """

    name: str
    share: float
    low: float
    high: float
    chance: float
    trials: int

    @property
    def beyond_chance(self) -> bool:
        return self.share > self.chance


@dataclass(frozen=True)
class ImportanceInfo:
    """Importances by PED-ANOVA (Watanabe et al. 2023; conditional parameters: Optuna's conditional PED-ANOVA).

    Attributes:
        parameters: most important first.
        trials: number of trials evaluated, the stopped ones among them: at most 500, evenly from best to worst.
        stopped: number of stopped trials among them.
        top: number of trials that count as the best ones.
        missing: why there are none; ``None`` where there are.
    """

    parameters: tuple[Importance, ...] = ()
    trials: int = 0
    stopped: int = 0
    top: int = 0
    missing: str | None = None


def importance_info(study: Study) -> ImportanceInfo:
    ranked = evenly(study.ranked, _MOST_TRIALS)
    if len(ranked) < FEWEST_TRIALS:
        return ImportanceInfo(
            missing=f"it takes at least {FEWEST_TRIALS} trials with a value, and there are {len(ranked)}"
        )
    active = {name: _active(ranked, name) for name in study.experiment.space.searched}
    varying = [name for name, values in active.items() if len(set(values)) > 1]
    if len(varying) < 2:
        return ImportanceInfo(missing="fewer than two parameters vary over the trials that have a value")
    top = max(math.ceil(len(ranked) / 10), min(10, len(ranked) // 3))
    try:
        raw, shuffled, errors = _evaluated(study, ranked, varying, top / len(ranked))
    except Exception as error:  # noqa: BLE001 - an estimator may fail in ways of its own; the report goes on
        return ImportanceInfo(missing=f"Optuna's evaluator failed: {type(error).__name__}: {error}")
    total = sum(raw.values())
    if not total > 0:
        return ImportanceInfo(missing="the best trials do not differ from the others in any one parameter")
    order = sorted(varying, key=lambda name: (-raw[name], varying.index(name)))
    return ImportanceInfo(
        parameters=tuple(
            Importance(
                name,
                share := raw[name] / total,
                max(0.0, share - _NORMAL * errors[name]),
                min(1.0, share + _NORMAL * errors[name]),
                _reached(shuffled[name]) / total,
                len(active[name]),
            )
            for name in order
        ),
        trials=len(ranked),
        stopped=sum(record.state == "STOPPED" for record in ranked),
        top=top,
    )


def _active(ranked: list[TrialLine], name: str) -> list[Hashable]:
    """Values of a parameter in the trials that have one, by what identifies them."""
    return [value_key(record.config[name]) for record in ranked if name in record.config]


def _reached(values: list[float]) -> float:
    """What one in twenty of ``values`` exceeds."""
    return sorted(values)[-len(values) // 20 - 1]


def _evaluated(
    study: Study, ranked: list[TrialLine], names: list[str], quantile: float
) -> tuple[dict[str, float], dict[str, list[float]], dict[str, float]]:
    """Importance of each parameter, what it is with the values dealt anew several times, and its share's error."""
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator

    losses = np.array([-study.experiment.objective.sign * record.best_value for record in ranked])
    rng = np.random.default_rng(0)
    deals = [rng.permutation(losses) for _ in range(_FEWER_DEALS if len(ranked) > _MANY_TRIALS else _DEALS)]
    trials = [_trial(study, record) for record in ranked]
    evaluator = PedAnovaImportanceEvaluator(target_quantile=quantile)

    def evaluated(kept: np.ndarray, targets: list[np.ndarray]) -> list[dict[str, float]]:
        memory = optuna.create_study(storage=optuna.storages.InMemoryStorage(), study_name="report")
        memory.add_trials([trials[place] for place in kept])
        known = [name for name in names if any(name in trials[place].params for place in kept)]
        return [evaluator.evaluate(memory, params=known, target=_dealt(target[kept])) for target in targets]

    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # about few trials and about the direction; both are seen to here
        first, *dealt = evaluated(np.arange(len(losses)), [losses, *deals])
        groups = np.array_split(rng.permutation(len(losses)), _GROUPS)
        left = [evaluated(np.sort(np.concatenate(groups[:g] + groups[g + 1 :])), [losses])[0] for g in range(_GROUPS)]
    return (
        {name: float(first[name]) for name in names},
        {name: [float(one[name]) for one in dealt] for name in names},
        {name: _jackknifed([one.get(name, 0.0) / (sum(one.values()) or 1.0) for one in left]) for name in names},
    )


def _jackknifed(shares: list[float]) -> float:
    """Standard error, from the shares without each of the groups (Efron and Tibshirani 1993, chapter 11)."""
    return math.sqrt((len(shares) - 1) / len(shares) * float(((np.array(shares) - np.mean(shares)) ** 2).sum()))


def _dealt(losses: np.ndarray) -> Callable[[optuna.trial.FrozenTrial], float]:
    return lambda trial: float(losses[trial.number])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's message about each new study."""
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)


def _trial(study: Study, record: TrialLine) -> optuna.trial.FrozenTrial:
    import optuna

    space = study.experiment.space
    names = [name for name in space.searched if name in record.config]
    return optuna.trial.create_trial(
        params={name: _told(space[name], record.config[name]) for name in names},
        distributions={name: _distribution(space[name]) for name in names},
        value=record.best_value,
    )


def _distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(parameter, (Choice, Constant)):
        return CategoricalDistribution([_told(parameter, option) for option in parameter.values()])
    low, high = parameter.ends
    if isinstance(parameter, Float):
        return FloatDistribution(low, high, log=parameter.log, step=parameter.step)
    return IntDistribution(int(low), int(high), log=parameter.log, step=parameter.step or 1)


def _told(parameter: Parameter, value: Any) -> Any:
    """Options as JSON text: Optuna's categories cannot be lists, and take ``True`` for ``1``."""
    own = parameter.own(value)
    return json.dumps(own) if isinstance(parameter, (Choice, Constant)) else own
