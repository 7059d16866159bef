"""The ledger of a running sweep: what was proposed, what runs, what ended. Knows nothing of Ray."""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Demand, Experiment
from cnnsearch.experiment.costs import COSTS, gains_of
from cnnsearch.experiment.extent import most_configs, most_trials
from cnnsearch.search.deaths import DIED, in_words, is_death, may_go_on
from cnnsearch.search.decisions import Decisions
from cnnsearch.search.held import Sizes
from cnnsearch.search.jobs import TrialRun
from cnnsearch.search.ledger.listener import Listener, Nobody
from cnnsearch.search.ledger.outlook import Outlook
from cnnsearch.search.ledger.proposing import Proposing
from cnnsearch.search.ledger.running_trial import RunningTrial
from cnnsearch.search.ledger.waiting import Waiting
from cnnsearch.search.ledger.wishes import Wishes
from cnnsearch.search.mutation import Mutation
from cnnsearch.search.places import Lane, Places
from cnnsearch.search.rebuilding import Past, config_of, outcome_of, outcome_until, rebuild_decisions
from cnnsearch.search.schedulers import judgements, milestones, pauses
from cnnsearch.space import Config
from cnnsearch.study.clock import Clock, Time
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import AttemptLine, Ended, FinalistLine, Report, TrialLine, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import CHECKPOINT, TAKEOVER, BestKeeper, left_by
from cnnsearch.study.winner.best_model import naming_of

__all__ = ["SPENT", "Ledger"]

SPENT = "worker replaced"

RESUMED = "resumed"
WAITED = "went on after it had waited"
"""Why a trial is given to another worker, where none died."""


class Ledger:
    """The search: keeps its record in step with what happens: proposals, then curves, then trials.

    Args:
        store: of the study.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where trials find room; or how many of them run at once, wherever that is.
        observe: called with the progress after each change.
        past: the record of the sweep that goes on; left out, one begins.
        spent: seconds of the budget's minutes that are over.
        clock: of the sweep; left out, one starts now.
        sizes: what is known of the models of configs before they are trained; left out, nothing is.

    Attributes:
        wishes: what users have asked for, and is not done yet.
        decisions: of the scheduler.
        forecast: of what is left of the sweep.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        observe: Callable[[Progress], None] = lambda _: None,
        past: Past | None = None,
        spent: float = 0.0,
        clock: Time | None = None,
        sizes: Sizes = lambda _: {},
    ) -> None:
        self._experiment = experiment
        scheduled = experiment.scheduler["name"], experiment.scheduler, experiment.epochs
        self._milestones, self._pauses = milestones(*scheduled), pauses(*scheduled)
        self._holds_back = bool(self._pauses and judgements(*scheduled))
        self._record = Record(store)
        named = naming_of(store) is not None
        ranking = Ranking.of(experiment)
        self._keeper = BestKeeper(store, ranking, names, named)
        self._past = [line.config for line in past.proposals] if past else []
        self._most = most_trials(experiment, self._past)
        self.wishes = Wishes()
        self._running: dict[int, RunningTrial] = {}
        self._is_cut_short = False
        self._waiting: deque[int] = deque()
        self._places = Places.counted(lanes) if isinstance(lanes, int) else lanes
        self._proposed = 0
        self._event = 0
        self._listener: Listener = Nobody()
        self._clock: Time = clock or Clock.started()
        self._proposing = Proposing(store, experiment, sizes, self.wishes, self._clock)
        self._mutation = Mutation(experiment)
        self._never_stopped: set[int] = set()
        never_stopped = self._never_stopped.__contains__
        self.decisions = Decisions.of(experiment, self.audit, self.is_unwanted, never_stopped)
        carry_out = self._take_over, self._go_on, self._end_waiting
        self._paused = Waiting(self.decisions, self._record, self._clock, *carry_out)
        self._last_end = 0.0
        self._audited: dict[int, int] = {}
        self._outlook = Outlook(experiment, observe, self._clock, spent)
        self._standing, self.forecast = self._outlook.standing, self._outlook.forecast
        # What follows wants warm workers. Where all trials hold the same, an idle one takes no other's room.
        self._keeps_workers = experiment.resources.is_plain and experiment.is_followed
        if past is not None:
            self._recover(past)

    @property
    def ended(self) -> Mapping[str, int]:
        """Ended trials by state."""
        return dict(self._standing.ended)

    @property
    def last_reason(self) -> str | None:
        """Why the last trial that failed did."""
        return self._standing.last_reason

    @property
    def is_late(self) -> bool:
        """Whether the budget's minutes are over, or what is left of them is for what follows the search.

        As long as the recommended config trains nothing else is worth its minutes: the search goes on beside it. A
        search that was cut short stays so, whatever is left: its trials in flight report one after the other.
        """
        if self._is_cut_short:
            return True
        left = self.seconds_left
        is_awaited = not self._never_stopped.isdisjoint(self._running)
        return left <= (0.0 if is_awaited else self.forecast.reserve(left))

    @property
    def seconds_left(self) -> float:
        """Of the budget's minutes, but for those of the report; infinity where it has none."""
        return self._outlook.seconds_left

    def postpone(self, seconds: float) -> None:
        """It begins so much later than it was made; the budget's minutes begin then."""
        self._outlook.postpone(seconds)

    @property
    def is_over(self) -> bool:
        """Whether every trial that was proposed has ended, and no other will be proposed."""
        return not self._running and not self._has_more

    @property
    def experiment(self) -> Experiment:
        """What is run, with the budget that it has now."""
        return self._experiment

    @property
    def is_closed(self) -> bool:
        """Whether no trial will be proposed any more, whatever is asked for."""
        return self._is_cut_short or self._outlook.limits.reached is not None or self.is_over

    @property
    def exhausted(self) -> int | None:
        """Of a search whose sampler has no other config, how many were refused last; ``None``: it may have one."""
        return self._proposing.exhausted

    @property
    def proposed(self) -> int:
        """Trials that have been proposed: the number of the next one."""
        return self._proposed

    @property
    def _has_more(self) -> bool:
        budget = self._experiment.budget.trials
        may_go_on = not self._is_cut_short and self._outlook.limits.reached is None
        return self._proposing.has_more and may_go_on and (budget is None or self._proposed < budget)

    def propose(self) -> TrialRun | None:
        """The next trial as a worker takes it.

        ``None``: there is no room for one now, or there is no trial, unless one that runs loses its worker and must be
        given to another.

        Raises:
            SweepError: the nodes that could run a trial have been gone for minutes.
        """
        if self._is_cut_short:
            return None
        self._paused.stop_unwanted(self.wishes.unwanted)
        self._paused.carry_out(self._event)
        if self._is_last_chance:
            self._release_rest()
        given = self._next()
        if given is None and self._paused and len(self._paused) == len(self._running) and not self._has_more:
            self._release_rest()
            given = self._next()
        return given

    @property
    def _is_last_chance(self) -> bool:
        """Whether trials wait to be worth more epochs, and the minutes hold no more than one training to the end."""
        left = self.seconds_left
        if not self._holds_back or not self._paused or math.isinf(left):
            return False
        training = self.forecast.trial_seconds
        return training is not None and left - self.forecast.reserve(left) <= training

    def _release_rest(self) -> None:
        event = self._event
        self.decisions.close()
        self._paused.carry_out(event, closing=True)

    def _next(self) -> TrialRun | None:
        """The next trial that no other one must be waited for."""
        given = self._given_lane(self._places.take)
        resources = self._experiment.resources
        # Where trials hold different things, some wait while others run; how far ahead is bounded.
        while given is None and self._has_more and len(self._waiting) <= self._places.count:
            if not self._places.may_take(resources.kinds) or not self._draw():
                break
            given = self._given_lane(self._places.take)
        if given is not None:
            return given
        if (
            not self._has_more
            and not self._keeps_workers
            and any(running.line is None for running in self._running.values() if running.lane)
        ):
            self._places.close_idle()
        given = self._given_lane(self._places.make_room)
        if given is None and not self.is_over and not any(running.lane for running in self._running.values()):
            waiting = [resources.demands(self._running[trial].config) for trial in self._waiting]
            self._places.check_left(waiting or resources.kinds)
        return given

    def _given_lane(self, find: Callable[[Sequence[Demand]], Lane | None]) -> TrialRun | None:
        """The first trial that waits and for which ``find`` finds a lane, as a worker takes it."""
        for trial in self._waiting:
            running = self._running[trial]
            running.lane = find(self._experiment.resources.demands(running.config))
            if running.lane is not None:
                self._waiting.remove(trial)
                self._tell_observer()
                return self._given(trial, running.lane)
        return None

    def _draw(self) -> bool:
        """Let the next config wait for a lane; whether there was one."""
        trial = self._proposed
        proposal = self._proposing.propose(trial, self._standing.ended.total())
        if proposal is None:
            return False
        self._proposed += 1
        self._record.propose(proposal)
        self._note_origin(trial, proposal.origin)
        self.decisions.begin(trial, self._mutation.kin(proposal.config))
        self._running[trial] = RunningTrial(proposal.config, proposal.seed, proposal.time)
        self._waiting.append(trial)
        return True

    def _note_origin(self, trial: int, origin: str | None) -> None:
        if origin is not None and origin == self._experiment.never_stopped:
            self._never_stopped.add(trial)

    def report(self, trial: int, report: Report, asked: bool = True) -> None:
        """A worker told of epochs: they go into the curves.

        Args:
            trial: its number.
            report: with the end of the trial as it would be if it ended now.
            asked: whether the scheduler decided on the last one.
        """
        running = self._running.get(trial)
        if running is None:
            return
        if asked and self.decisions.waits(trial):
            self._paused.announce(report.training, running.attempt)
            self._outlook.pause(report.training)
        if report.epochs:
            lines = [replace(line, event=self._event) for line in report.epochs]
            judged = self._judged(report) if asked and self._milestones else None
            self._record.epochs([*lines[:-1], replace(lines[-1], asked=asked, cost=judged)])
            self._event += 1
            self._listener.epochs(trial, running.config, report.epochs)
            self.forecast.epochs(report.epochs)
        running.curve.update(report.curve(self._experiment.objective.metric))
        running.line = report.training
        if running.line is not None:
            self.forecast.tell(running.line)
        self._tell_observer()

    def _judged(self, report: Report) -> Mapping[str, float] | None:
        """The costs by which the scheduler decided: a latency that is measured again is another one."""
        aims = [COSTS[name][0] for name in self._experiment.objective.beside]
        return {name: value for name, value in report.training.cost.items() if name in aims} or None

    def log(self, trial: int, text: str) -> None:
        """A trial printed something in its worker."""
        self._record.log(trial, text)

    def follow(self, listener: Listener) -> None:
        """Tell them, too, of what is told and what ends from now on."""
        self._listener = listener

    def end(self, trial: int, finished: bool) -> None:
        """A trial ended as its last report says; where that did not finish it, scheduler or user stopped it.

        Or the scheduler lets it wait, and it has not ended.
        """
        line = self._running[trial].line
        if line is None:
            raise SweepError(f"trial {trial} ended, and its worker never reported")
        if finished:
            self._close(trial, line)
        elif self.decisions.waits(trial):
            self._leave_lane(trial)
            self._paused.begin(trial, line)
            self._tell_observer()
        else:
            self._close(trial, self._stopped(trial, line))

    def _stopped(self, trial: int, line: Ended) -> Ended:
        by = "user" if self.is_unwanted(trial) else "scheduler"
        return replace(line, state="STOPPED", end_reason=by, reason=None)

    def _take_over(self, trial: int, source: int, epoch: int) -> Config | None:
        """Let a trial go on with what another one, which waits too, has after that many epochs.

        ``None``: a user has stopped the other one, which has left nothing.
        """
        running, other, store = self._running[trial], self._running.get(source), self._record.store
        if other is None:
            return None
        with contextlib.suppress(FileNotFoundError):  # it left none: the worker that is given the trial says so
            content = store.read(f"{left_by(source, other.attempt)}/{CHECKPOINT}")
            store.write(f"{left_by(trial, running.attempt)}/{TAKEOVER}", content)
        running.config = self._mutation.mutated(other.config, trial, epoch)
        running.takeovers.append(epoch)
        return running.config

    def _go_on(self, trial: int) -> None:
        self._propose_again(trial, WAITED)

    def _end_waiting(self, trial: int, stand: Ended, is_cut: bool = False) -> None:
        """A trial ends where it waited, as if it had been stopped at once."""
        value, objective = self._running[trial].curve.get(stand.epochs), self._experiment.objective
        score = None if value is None else objective.sign * value
        self.decisions.end(trial, stand.epochs, score, gains_of(objective.beside, stand.cost))
        end = self._cut_off(trial, stand) if is_cut and self._experiment.budget.all else self._stopped(trial, stand)
        self._close(trial, end, waited_since=stand.ended)

    def is_unwanted(self, trial: int) -> bool:
        """Whether a user wants it to stop."""
        return trial in self.wishes.unwanted

    def runs(self, trial: int) -> bool:
        """Whether the trial has been proposed and has not ended."""
        return trial in self._running

    def has_tried(self, config: Config) -> bool:
        """Whether a trial has had this config."""
        return self._proposing.has_tried(config)

    def limits_broken_by(self, config: Config) -> tuple[str, ...]:
        """Those of models, in words, that this config would break, as far as that is known before it is trained."""
        return self._proposing.broken_by(config)

    def fewer_configs(self, trials: int) -> int | None:
        """The configs that there are in all, where so many trials are more; ``None``: there may be enough."""
        if self.exhausted is not None:
            found: int | None = self._proposed + len(self.wishes.queued)
        else:
            found = most_configs(self._experiment, self._past)
        return found if found is not None and found < trials else None

    def extend(self, trials: int) -> None:
        """Let the budget have so many trials."""
        self._experiment = self._experiment.updated({"budget.trials": trials})
        self._most = most_trials(self._experiment, self._past)

    def answer(self, text: str) -> None:
        """A request of a user was answered: whoever observes is told, in words."""
        self._standing.answers.append(text)
        self._tell_observer()

    def audit(self, trial: int, epoch: int) -> None:
        """The scheduler would have stopped the trial after ``epoch``; it goes on, to tell what that would have cost."""
        self._audited[trial] = epoch

    def cut(self, trial: int) -> None:
        """A trial ended at its last report because the search was cut short.

        Where the minutes are those of all that follows too, nothing will go on with it: it counts with the epochs that
        it had. Else it is interrupted, and a search that is resumed goes on with it.
        """
        line = self._running[trial].line
        if line is None or not self._experiment.budget.all:
            self._interrupt(trial)
        else:
            self._close(trial, self._cut_off(trial, line))

    def _cut_off(self, trial: int, line: Ended) -> Ended:
        """It counts with the epochs that it had, unless a user wanted it to stop."""
        if self.is_unwanted(trial):
            return self._stopped(trial, line)
        return replace(line, state="COMPLETED", end_reason="budget", reason=None)

    def _interrupt(self, trial: int) -> None:
        """It has been proposed, and not ended."""
        self._leave_lane(trial)
        del self._running[trial]
        self._tell_observer()

    def stop_waiting(self) -> None:
        """The minutes are over: trials that the scheduler lets wait have been stopped where they are.

        Where running ones count with the epochs that they had, see :meth:`cut`, those that wait do so likewise.
        """
        for trial, stand in (*self._paused.left(), *self._held_back()):
            self._end_waiting(trial, stand, is_cut=True)

    def _held_back(self) -> list[tuple[int, Ended]]:
        """Trials that waited, and go on, but no worker has been free for; they do not go on any more."""
        found = []
        for trial in list(self._waiting) if self._holds_back else ():
            running = self._running[trial]
            if running.line is not None and running.attempts[-1:] == [WAITED]:
                running.attempts.pop()  # what it gave is that of the attempt before
                self._waiting.remove(trial)
                found.append((trial, running.line))
        return found

    def cut_short(self) -> None:
        """No trial is given to a worker any more; those that wait for one are interrupted."""
        self._is_cut_short = True
        self.stop_waiting()
        while self._waiting:
            self._interrupt(self._waiting.popleft())

    def tell_finalists(self, run: FinalistLine | None, ended: int, all_runs: int) -> None:
        """The search is over; the first runs of finalists begin, or one ended, as so many have."""
        self._standing.finalists = (ended, all_runs)
        self.forecast.follow(self._clock.now() if run is None else run.ended, run)
        self._tell_observer()

    def tell_refit(self, making: str) -> None:
        """The winner's model is being replaced by a refit or an ensemble, in words, or that has ended."""
        self._standing.refitting, self._standing.ensemble = bool(making), self._experiment.ships_ensemble
        self._standing.making = making
        self.forecast.follow(self._clock.now())
        self._tell_observer()

    def tell_dashboard(self, url: str | None) -> None:
        """Where Ray's own dashboard runs; ``None``: nowhere."""
        self._standing.dashboard = url

    def give_back(self, trial: int) -> None:
        """A worker did not take the trial, because it must be replaced: the trial is proposed again."""
        self._leave_lane(trial)
        self._propose_again(trial, SPENT)

    def lose(self, trial: int, why: str = DIED) -> None:
        """The worker of a trial died: the trial is proposed again, or fails where that happened too often.

        Args:
            trial: its number.
            why: as :mod:`cnnsearch.search.deaths` says it.
        """
        running = self._running[trial]
        self._leave_lane(trial, lost=True)
        if running.line is not None and self.decisions.waits(trial):
            self._paused.begin(trial, running.line)  # it had left what it needs before it told that it would wait
            return
        deaths = [*(each for each in running.attempts if is_death(each)), why]
        if may_go_on(deaths, self._experiment.resources.max_failures):
            self._propose_again(trial, why)
            return
        told = running.line
        self._close(
            trial,
            Ended(
                trial=trial,
                state="FAILED",
                end_reason="error",
                reason=in_words(deaths),
                value=None,
                epochs=len(running.curve),
                worker=told.worker if told else Worker(),
                seed=running.seed,
                started=told.started if told else running.proposed,
                ended=self._clock.now(),
            ),
        )

    def _recover(self, past: Past) -> None:
        """Be where the record ends; trials that had not ended are proposed again before any other."""
        metric = self._experiment.objective.metric
        self._proposing.recover(past, self._experiment)
        self._keeper.recover(past.ends)
        for wait in past.pauses:
            self._outlook.pause(wait)
        for line in past.ends:
            self._count(replace(line, config=config_of(line)))
        self._event = past.next_event
        self._proposed = len(past.proposals)
        curves = past.curves(metric)
        for proposal in past.proposals:
            self._note_origin(proposal.trial, proposal.origin)
        rebuild_decisions(past, self.decisions, self._experiment)
        in_flight = [line.trial for line in past.in_flight]
        self.wishes.recover(past.completed(self._experiment).requests, past.proposals, in_flight)
        for proposal in past.in_flight:
            trial = proposal.trial
            again = self._running[trial] = RunningTrial(config_of(proposal), proposal.seed, proposal.time)
            again.curve.update(curves.get(trial, {}))
            for takeover in past.completed(self._experiment).takeovers(trial):
                again.config = config_of(takeover)
                again.takeovers.append(takeover.epoch)
            again.attempts += [attempt.why for attempt in past.attempts if attempt.trial == trial]
            pause = past.last_pause(trial)
            if pause is not None and pause.attempt == again.attempt and self.decisions.waits(trial):
                again.line = pause.stand
                self._paused.begin(trial, again.line)
            else:
                self._propose_again(trial, RESUMED)

    def _propose_again(self, trial: int, why: str) -> None:
        running = self._running[trial]
        running.attempts.append(why)
        self._record.attempt(AttemptLine(trial=trial, attempt=running.attempt, why=why, time=self._clock.now()))
        self._waiting.append(trial)

    def _given(self, trial: int, lane: Lane) -> TrialRun:
        running = self._running[trial]
        self.forecast.begin(trial, self._clock.now())
        return TrialRun(
            number=trial,
            lane=lane.number,
            holds=lane.demand,
            config=running.config,
            seed=running.seed,
            bars=self._keeper.bars,
            milestones=self._milestones,
            attempt=running.attempt,
            known=max(running.curve, default=0),
            pauses=self._pauses,
            since=running.takeovers[-1] if running.takeovers else 0,
            is_stopped=self.decisions.has_stopped(trial),
        )

    def _leave_lane(self, trial: int, lost: bool = False) -> None:
        running = self._running[trial]
        if running.lane is not None:
            self._places.give_back(running.lane, lost)
            running.lane = None

    def _close(self, trial: int, end: Ended, waited_since: float | None = None) -> None:
        self._leave_lane(trial)
        running = self._running.pop(trial)
        # Limits of the search follow from the order of arrival, so that is what the record tells.
        self._last_end = max(self._clock.now(), math.nextafter(self._last_end, math.inf))
        line = TrialLine.of(
            replace(end, trial=trial, seed=running.seed, ended=self._last_end),
            config=running.config,
            event=self._event,
            attempts=running.attempt,
            # Of one that was ended from outside nobody knows what it would have come to.
            audited=None if end.end_reason in {"user", "budget"} else self._audited.get(trial),
            waited_since=waited_since,
        )
        self.wishes.unwanted.discard(trial)
        curve = () if line.state == "FAILED" else running.told
        self._keeper.check(line)
        self._record.end(line)
        self._keeper.settle(line)
        self._listener.end(line)
        self._event += 1
        if running.takeovers:
            outcome = outcome_until(running.takeovers[0], line, running.told, self._experiment)
        else:
            outcome = outcome_of(line, curve, self._experiment.limits, self._experiment.objective.beside)
        self._proposing.tell(trial, running.proposed_config, outcome)
        self._count(line)
        self._tell_observer()

    def _count(self, line: TrialLine) -> None:
        self._outlook.end(line, 1 + sum(running.lane is not None for running in self._running.values()))
        self._last_end = line.ended

    def _tell_observer(self) -> None:
        self._outlook.tell(
            running={number: len(running.curve) for number, running in self._running.items() if running.lane},
            trials=self._most,
            queued=len(self.wishes.queued),
            refused=self._proposing.refused,
        )
