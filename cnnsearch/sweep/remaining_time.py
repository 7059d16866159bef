"""What follows a search, cut to the time that the budget leaves it."""

from __future__ import annotations

import functools
import logging

from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger import Ledger
from cnnsearch.study import Study
from cnnsearch.study.shortening import Shortening
from cnnsearch.sweep.session import Session

__all__ = ["RemainingTime"]

_LOG = logging.getLogger("cnnsearch")


class RemainingTime:
    """Looks at the clock once, when the search is over.

    Args:
        session: what is run.
        search: knows the clock, and how long trainings take.
    """

    def __init__(self, session: Session, search: Ledger) -> None:
        self._session = session
        self._search = search

    @functools.cached_property
    def experiment(self) -> Experiment:
        """As it goes on: where there is too little time with fewer finalists, or none, and the study says so."""
        experiment = self._session.experiment
        if not experiment.budget.all or experiment.finalists is None or self._have_begun:
            return experiment
        given = self._search.forecast.fitting(self._search.seconds_left)
        if given == experiment.finalists:
            return experiment
        found = experiment.model_copy(update={"finalists": given})
        shortening = Shortening(experiment.finalists, given, max(0.0, self._search.seconds_left))
        shortening.write(self._session.store)  # first: who is killed between the two looks at the clock again
        self._session.store.write("experiment.yaml", found.without_secrets().to_yaml())
        _LOG.warning("%s", shortening.text)
        return found

    @property
    def _have_begun(self) -> bool:
        """Whether runs of these finalists have ended: they were found to fit when they began."""
        finalists = Study.load(self._session.store).finalists
        return finalists is not None and bool(finalists.ended)
