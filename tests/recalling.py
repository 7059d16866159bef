"""A sampler beside one that is made again from the record at every trial after some: both must propose the same."""

from __future__ import annotations

import json
from collections.abc import Callable

from cnnsearch.search.samplers import Outcome, Untried
from cnnsearch.space import Config, config_key

__all__ = ["proposals_of_both"]


def proposals_of_both(
    make: Callable[[], Untried], value: Callable[[Config], float], trials: int, cut: int
) -> list[tuple[Config, Config]]:
    """What each proposes from trial ``cut`` on; one of three trials is stopped, one fails, two are always open."""
    sampler, again = make(), make()
    ended: list[tuple[int, Outcome]] = []
    found: list[tuple[Config, Config]] = []
    configs: list[Config] = []
    for trial in range(trials):
        config = sampler.propose(trial)
        assert config is not None
        configs.append(config)
        if trial < cut:
            recorded = json.loads(json.dumps([config, sampler.repeats]))
            again.recall(trial, *recorded)
        else:
            found.append((config, again.propose(trial) or {}))
        # The later one ends first.
        ended = [
            (each, _outcome(each, value(configs[each]))) for each in (trial - 1, trial - 2) if trial % 2 and each >= 0
        ]
        for each, outcome in ended:
            sampler.tell(each, outcome)
            again.tell(each, outcome)
    assert len(set(map(config_key, configs))) == trials
    return found


def _outcome(trial: int, value: float) -> Outcome:
    if trial % 3 == 2:
        return Outcome("FAILED", None)
    return Outcome("STOPPED" if trial % 3 else "COMPLETED", value, ((1, value / 2), (2, value)))
