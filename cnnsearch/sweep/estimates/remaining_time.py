"""What follows a search, cut to the time that the budget leaves it."""

from __future__ import annotations

import functools
import logging
from dataclasses import replace

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.sections import Final
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.study import Study
from cnnsearch.study.progress.shortening import Shortening
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
        """As it goes on: where there is too little time with less after the search, and the study says so."""
        experiment, forecast, left = self._search.experiment, self._search.forecast, self._search.seconds_left
        if not experiment.budget.all or self._has_begun:
            return experiment
        given = forecast.fitting(left)
        networks = forecast.networks(left)
        final: Final = experiment.final if networks else "keep"
        if final == "ensemble" and experiment.cross_validation is None and (given is None or given.top < 2):
            final = "keep"  # there are no two whose mean it could be
        members = None if final == "keep" or experiment.ensemble is None else experiment.ensemble
        members = members if members is None or final == "ensemble" else networks
        members = members if members is None or given is None else min(members, given.top)
        members = None if members == 1 else members
        lasting = final == "refit" and not forecast.has_time_for_all_epochs(given, networks, left)
        times = forecast.refit_times(given, networks, left) if final == "refit" else 1
        asked = experiment.finalists, experiment.final, experiment.ensemble, experiment.refit_times
        if not lasting and (given, final, members, times) == asked:
            return experiment
        changes = {"finalists": given, "final": final, "ensemble": members, "refit_times": times}
        found = experiment.model_copy(update=changes)
        left_out = None if final == experiment.final else forecast.seconds(None, 1)
        fewer = None
        if experiment.ensemble is not None and members != experiment.ensemble:
            fewer = experiment.ensemble, 0 if final == "keep" else members or 1
        shortening = Shortening(experiment.finalists, given, max(0.0, left), left_out, experiment.final, fewer, lasting)
        if times != experiment.refit_times:
            shortening = replace(shortening, times=(experiment.refit_times, times))
        shortening.write(self._session.store)  # first: who is killed between the two looks at the clock again
        self._session.store.write("experiment.yaml", found.without_secrets().to_yaml())
        _LOG.warning("%s", shortening.text)
        return found

    @property
    def _has_begun(self) -> bool:
        """Whether something has ended of what follows: that was found to fit when it began."""
        study = Study.load(self._session.store)
        return bool(study.refits) or (study.finals is not None and bool(study.finals.ended))
