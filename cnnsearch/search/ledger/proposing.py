"""What is tried next: configs that users queued, then those that the sampler proposes."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from cnnsearch.experiment import Experiment
from cnnsearch.numbers import plural
from cnnsearch.search.held import Held, Sizes, as_recorded
from cnnsearch.search.ledger.wishes import Wishes
from cnnsearch.search.rebuilding import Past, rebuild_sampler
from cnnsearch.search.samplers import Untried
from cnnsearch.search.samplers.optuna.journal import journal_of
from cnnsearch.search.samplers.sampler import Outcome
from cnnsearch.search.starts import sampler_of
from cnnsearch.space import Config
from cnnsearch.study.clock import Time
from cnnsearch.study.control.origins import origin_of
from cnnsearch.study.record.lines import Proposal
from cnnsearch.study.store import Store

__all__ = ["Proposing"]

_LOG = logging.getLogger("cnnsearch")

_BLOCKED = (
    "limits: %d configs in a row were refused, as their models would break them, and none was found that keeps them: "
    "no other trial is proposed"
)
_ENDED = "limits: the grid ends with %s that would have broken them: no other trial is proposed"


class Proposing:
    """Asks users' wishes and the sampler for configs, and tells the sampler, and its journal, what came of them.

    Args:
        store: of the study, where the journal is.
        experiment: what is run.
        sizes: what is known of the models of configs before they are trained.
        wishes: of users.
        clock: of the sweep.

    Attributes:
        exhausted: of the sampler that has no more, how many configs in a row were refused at its end, as their models
            would have broken limits; ``None``: it may have more.
        refused: configs that are no trials, as their models would have broken limits.
    """

    def __init__(self, store: Store, experiment: Experiment, sizes: Sizes, wishes: Wishes, clock: Time) -> None:
        self._sampler: Untried = sampler_of(experiment, Held.of(experiment, sizes))
        self._journal = journal_of(store, experiment)
        self._limits = experiment.limits
        self._seed = experiment.seed
        self._wishes = wishes
        self._clock = clock
        self.exhausted: int | None = None
        self.refused = 0

    @property
    def has_more(self) -> bool:
        """Whether there may be another config."""
        return bool(self._wishes.queued) or self.exhausted is None

    def has_tried(self, config: Config) -> bool:
        """Whether a trial has had this config."""
        return self._sampler.has_tried(config)

    def broken_by(self, config: Config) -> tuple[str, ...]:
        """The limits that its model would break, in words, as far as that is known before it is trained."""
        cost = self._sampler.cost_over(config)
        return () if cost is None or self._limits is None else self._limits.broken(cost)

    def propose(self, trial: int, told: int) -> Proposal | None:
        """The next config as it is recorded; ``None``: there is none.

        Args:
            trial: its number.
            told: trials that have ended.
        """
        queued = self._wishes.next()
        if queued is None:
            return self._sampled(trial, told)
        request, config = queued
        self._sampler.recall(trial, config)  # as if it had proposed it: it will be told what came of it
        return self._proposal(trial, told, config, origin_of(request))

    def _sampled(self, trial: int, told: int) -> Proposal | None:
        config = self._sampler.propose(trial)
        if config is None:
            # Kept, as Tune asks at every turn while trials run, and a sampler may search long.
            number = self.exhausted = len(self._sampler.refused) if self._sampler.is_blocked else 0
            if number:
                self.refused += number
                _LOG.warning(*(_ENDED, plural(number, "config")) if self._sampler.lists else (_BLOCKED, number))
            return None
        refusals = as_recorded(self._sampler.refused)
        self.refused += len(refusals)
        found = self._proposal(trial, told, config, self._sampler.origin)
        return replace(found, repeats=tuple(self._sampler.repeats), refusals=refusals)

    def _proposal(self, trial: int, told: int, config: Config, origin: str | None) -> Proposal:
        seed = int(np.random.SeedSequence((self._seed, trial)).generate_state(1)[0])
        return Proposal(trial=trial, config=config, seed=seed, told=told, time=self._clock.now(), origin=origin)

    def tell(self, trial: int, config: Config, outcome: Outcome) -> None:
        """What came of a config that was proposed."""
        self._sampler.tell(trial, outcome)
        self._journal.add(config, outcome)

    def recover(self, past: Past, experiment: Experiment) -> None:
        """Be where the record ends."""
        rebuild_sampler(past.completed(experiment), self._sampler, experiment)
        self._journal.catch_up([(config, outcome) for _, config, outcome in past.outcomes(experiment)])
        self.refused = sum(len(line.refusals) for line in past.proposals)
