"""Control: what users ask of a running search from outside is done or refused, and recorded. Without Ray."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import assert_never

from cnnsearch.errors import InputError
from cnnsearch.search.before_search import ENDED
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.space import Config
from cnnsearch.study.clock import Time
from cnnsearch.study.control.requests import Extend, Queue, Request, Stop, StopTrial, Wish, remove, waiting
from cnnsearch.study.control.words import NESTED_BUDGET, in_words
from cnnsearch.study.record.lines import REQUESTS, RequestLine
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import Store

__all__ = ["Control"]


TOO_LATE = "the search is over"


class Control:
    """Answers requests, each once, whichever driver that is.

    A request is carried out, then recorded, then removed: a driver that dies between the two leaves one that the next
    driver answers.

    Args:
        search: what is asked about.
        store: of the study.
        clock: of the sweep.
        earlier: ids of what was asked of an earlier driver, if it is not answered: what lay in the study when this one
            took hold of it. Clocks could not tell, as users ask from other machines.

    Attributes:
        is_stop_asked: whether somebody wants the sweep to end.
    """

    def __init__(self, search: Ledger, store: Store, clock: Time, earlier: Container[str]) -> None:
        self.is_stop_asked = False
        self._earlier = earlier
        self._search = search
        self._store = store
        self._clock = clock
        self._record = Record(store)
        self._answered = {line.request for line in read_lines(store, REQUESTS)}

    def begin(self) -> None:
        """Before the first trial of a session: take the configs that were queued while no sweep ran, and do what was
        asked while this driver prepared for it.

        What was asked of an earlier driver, which did not live to answer, is refused. A config that was taken, and is
        no point of the space any more in which the study goes on, is told and left out.
        """
        for line in read_lines(self._store, REQUESTS):
            config = self._search.wishes.queued.get(line.request)
            if config is not None and (why := self._problem(config)):
                del self._search.wishes.queued[line.request]
                self._tell(line.refused_now(why, self._search.proposed, self._clock.now()))
        for request in waiting(self._store):
            is_for_this = request.id not in self._earlier or self._holds(request.wish)
            self._answer(request, self._done(request) if is_for_this else ENDED)

    def answer(self, requests: Iterable[Request]) -> None:
        """Do what is asked, or refuse it."""
        for request in requests:
            self._answer(request, None if request.id in self._answered else self._done(request))

    def end(self) -> None:
        """After the last trial of a session: refuse what came too late; configs wait for the next one."""
        for request in waiting(self._store):
            if not isinstance(request.wish, Queue):
                self._answer(request, ENDED)

    def _holds(self, wish: Wish) -> bool:
        """Whether what was asked of an earlier driver holds for this one: a config; a budget that it had extended."""
        extended = isinstance(wish, Extend) and self._search.experiment.budget.trials == wish.trials
        return isinstance(wish, Queue) or extended

    def _answer(self, request: Request, refused: str | None) -> None:
        if request.id not in self._answered:
            self._answered.add(request.id)
            line = request.answered(self._search.proposed, self._clock.now(), refused)
            if line.trials is not None and refused is None:
                line = replace(line, configs=self._search.fewer_configs(line.trials))
            self._tell(line)
        remove(self._store, request)

    def _tell(self, line: RequestLine) -> None:
        self._record.answer(line)
        self._search.answer(in_words(line))

    def _done(self, request: Request) -> str | None:
        """Do what is wished; why not, where that cannot be."""
        wish: Wish = request.wish
        match wish:
            case Queue():
                return self._queue(request.id, wish.config)
            case StopTrial():
                return self._stop_trial(wish.trial)
            case Extend():
                return self._extend(wish.trials)
            case Stop():
                self.is_stop_asked = True
                return None
            case _:
                assert_never(wish)

    def _queue(self, request: str, config: Config) -> str | None:
        search, wishes = self._search, self._search.wishes
        budget = search.experiment.budget.trials
        own = search.experiment.space.own(config)
        if why := self._problem(own):
            return why
        if broken := search.limits_broken_by(own):
            return f"its model would break {' and '.join(broken)}"
        if search.has_tried(own):
            return "a trial has run this config, or runs it"
        if wishes.has_queued(own):
            return "this config is queued already"
        if budget is not None and search.proposed + len(wishes.queued) >= budget:
            return f"all {budget} trials of the budget are proposed or queued; extend it first"
        if search.is_closed:
            return TOO_LATE
        wishes.queued[request] = own
        return None

    def _problem(self, config: Config) -> str | None:
        """Why a config is none of the space, in words; ``None``: it is one."""
        try:
            self._search.experiment.space.validate(config)
        except InputError as error:
            return f"it is no config of the space: {'; '.join(map(str, error.problems))}"
        return None

    def _stop_trial(self, trial: int) -> str | None:
        if trial >= self._search.proposed:
            return f"there is no such trial: {self._search.proposed} have been proposed, counted from 0"
        if not self._search.runs(trial):
            return "it does not run any more"
        self._search.wishes.unwanted.add(trial)
        return None

    def _extend(self, trials: int) -> str | None:
        budget = self._search.experiment.budget.trials
        if self._search.experiment.is_nested:
            return NESTED_BUDGET
        if budget is None:
            return "the budget has no number of trials"
        if trials < budget:
            return f"the budget has {budget} trials already"
        if self._search.is_closed:
            return TOO_LATE
        self._search.extend(trials)
        self._store.write("experiment.yaml", self._search.experiment.without_secrets().to_yaml())
        return None
