"""Study: the collected trials of one experiment, read from its folder."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import weakref
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, StorageError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.configs import RecordedConfigs
from cnnsearch.search.schedulers import pauses
from cnnsearch.study.control.origins import trials_of
from cnnsearch.study.control.words import with_trials
from cnnsearch.study.endings import ended_by
from cnnsearch.study.filter_ngrams import FilterNgrams
from cnnsearch.study.folder.packed import is_packed, unpack
from cnnsearch.study.headline import Headline, headline_of
from cnnsearch.study.hidden_tokens import HiddenTokens
from cnnsearch.study.hold import is_beginning, told_of_beginning
from cnnsearch.study.outer import OuterFold, judged_folds
from cnnsearch.study.predictions import (
    TEST_PREDICTIONS,
    from_bytes,
    hidden_from_bytes,
    items_from_bytes,
    kept_at,
    ngrams_from_bytes,
)
from cnnsearch.study.progress.so_far import SoFar, so_far_of
from cnnsearch.study.progress.startup import startup_of
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.checked import checked_finalists, checked_proposals, checked_trials
from cnnsearch.study.record.documents import ENVIRONMENT, STAGES, read_document
from cnnsearch.study.record.lines import (
    CURVES,
    PAUSES,
    REFITS,
    RELEASES,
    REQUESTS,
    TEST_READS,
    EpochLine,
    FinalistLine,
    PauseLine,
    Proposal,
    ReadingLine,
    RefitLine,
    ReleaseLine,
    RequestLine,
    State,
    TrialLine,
)
from cnnsearch.study.record.record import log_name, read_lines
from cnnsearch.study.record.sessions import WorkClock, clock_of, replaced_spaces
from cnnsearch.study.reporter import REPORT, reporter
from cnnsearch.study.shown import line_of
from cnnsearch.study.store import LocalStore, PackedStore, Store, open_store
from cnnsearch.study.store.temporary import new_folder
from cnnsearch.study.summary import summary_of
from cnnsearch.study.tables import table_of_epochs, table_of_finalists, table_of_trials
from cnnsearch.study.winner.best_model import naming_of
from cnnsearch.study.winner.compressed import Compressed, compressed_of
from cnnsearch.study.winner.finalists import Finalists
from cnnsearch.study.winner.winner import Best, winner_of
from cnnsearch.tasks.contract.answers import Answers
from cnnsearch.tasks.contract.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["STATES", "Study"]

_LOG = logging.getLogger("cnnsearch")

STATES: tuple[State, ...] = ("COMPLETED", "STOPPED", "FAILED")
"""How a trial ends. A trial that was proposed and has not ended is *interrupted*, or still running."""


class Study:
    """The trials of one experiment. Reads the folder once; :meth:`load` again to see what a running sweep adds.

    Attributes:
        store: where it is kept; everything is read through it. Of a packed study a temporary folder, deleted with it,
            to which nothing can be written.
        source: what was loaded: path or URI of the study, or path of the file that it is packed into.
        experiment: what was run.
        environment: content of ``environment.json``.
        records: the line of each trial that ended, in order of their numbers.
        proposals: the line of each config that was proposed, likewise.
        interrupted: whether somebody ended the sweep that has just run (Ctrl-C, SIGTERM).
        is_live: whether its sweep runs while it is shown, so that trials that have not ended are running.
        unfinished: what followed the last trial of the sweep that has just run and failed, in words, with what to do.
    """

    def __init__(self, store: Store, experiment: Experiment, environment: Mapping[str, Any]) -> None:
        self.store = store
        self.source = store.source
        self.experiment = experiment
        self.environment = environment
        self.interrupted = False
        self.is_live = False
        self.unfinished: list[str] = []
        configs = RecordedConfigs(experiment, replaced_spaces(environment))
        self.records: list[TrialLine] = checked_trials(store, experiment, configs)
        self.proposals: list[Proposal] = checked_proposals(store, configs)

    @classmethod
    def load(cls, location: str | os.PathLike[str] | Store) -> Study:
        """Read the study at ``location``.

        Args:
            location: folder, URI, or file that ``cnnsearch pack`` made; or a store, of which what was read before need
                not be read again.

        Raises:
            InputError: there is no study, or it cannot be read.
        """
        if not isinstance(location, Store) and is_packed(location):
            return cls._load_packed(Path(location).resolve())
        try:
            return cls._read(location if isinstance(location, Store) else open_store(location))
        except StorageError as error:
            raise InputError(Problem("STUDY", str(error))) from None

    @classmethod
    def _read(cls, store: Store) -> Study:
        try:
            experiment = Experiment.from_text(store.read("experiment.yaml"), store.at("experiment.yaml"))
        except FileNotFoundError:
            none = "is not a study folder: it has no experiment.yaml"
            rule = told_of_beginning(store) if is_beginning(store) else none
            raise InputError(Problem("STUDY", rule, store.location)) from None
        try:
            environment = read_document(store, "environment.json", ENVIRONMENT)
        except FileNotFoundError:
            environment = {}
        return cls(store, experiment, environment)

    @classmethod
    def _load_packed(cls, file: Path) -> Study:
        folder = new_folder()
        try:
            store = PackedStore(LocalStore(unpack(file, folder)), file)
            weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)  # at exit, too
            return cls.load(store)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @property
    def path(self) -> Path:
        """The study folder.

        Raises:
            InputError: the study is kept on object storage; its ``source`` and ``store`` work for both.
        """
        if self.store.folder is None:
            raise InputError(Problem("STUDY", "has no folder on this machine", self.source))
        return self.store.folder

    @property
    def is_packed(self) -> bool:
        """Whether the study was read from one file."""
        return self.source != self.store.location

    @property
    def report_path(self) -> str:
        """Where its report lies, unless told otherwise: in the study, or beside the file that it is packed into."""
        return str(Path(self.source).with_suffix(".html")) if self.is_packed else self.store.at(REPORT)

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def origins(self) -> dict[int, str]:
        """Of trials whose config no sampler proposed: number -> where it comes from, as ``recommended``."""
        return {line.trial: line.origin for line in self.proposals if line.origin is not None}

    @functools.cached_property
    def counts(self) -> dict[str, int]:
        """Number of trials by state; ``INTERRUPTED`` are those that were proposed and have not ended."""
        found = Counter(record.state for record in self.records)
        ended = {record.trial for record in self.records}
        interrupted = sum(proposal.trial not in ended for proposal in self.proposals)
        return {**{state: found[state] for state in STATES}, "INTERRUPTED": interrupted}

    @property
    def in_flight(self) -> frozenset[int]:
        """Numbers of the trials that were proposed and have not ended: interrupted, or still running."""
        ended = {record.trial for record in self.records}
        return frozenset(proposal.trial for proposal in self.proposals if proposal.trial not in ended)

    @functools.cached_property
    def trials(self) -> pd.DataFrame:
        """The ended trials, one row each: state, value, times, and columns ``config.*``, ``metrics.*``, ``cost.*``."""
        return table_of_trials(self.records)

    @functools.cached_property
    def epochs(self) -> list[EpochLine]:
        """The line of each epoch of each trial, the last one told of each, in order of trial and epoch."""
        lines = {(line.trial, line.epoch): line for line in read_lines(self.store, CURVES)}
        return [lines[key] for key in sorted(lines)]

    @functools.cached_property
    def curves(self) -> pd.DataFrame:
        """The epochs as a table, one row each."""
        return table_of_epochs(self.epochs)

    @functools.cached_property
    def ranked(self) -> list[TrialLine]:
        """The ended trials that have a value and keep the limits, best first: completed ones, then stopped ones."""
        return Ranking.of(self.experiment).ranked(self.records)

    @functools.cached_property
    def front(self) -> list[TrialLine]:
        """Of several objectives the trials that no other one beats in all, best metric first; else empty."""
        ranking = Ranking.of(self.experiment)
        found = ranking.front(self.records) if ranking.has_several else []
        return sorted(found, key=lambda line: -ranking.gain(line.best_value))

    @property
    def refused(self) -> int:
        """Configs that are no trials, as their models would have broken limits."""
        return sum(len(line.refusals) for line in self.proposals)

    @functools.cached_property
    def broken_limits(self) -> dict[int, tuple[str, ...]]:
        """Trials that ended with a value and are no candidates -> the limits that their models break, in words."""
        ranking = Ranking.of(self.experiment)
        broken = {line.trial: ranking.broken(line.cost) for line in self.records if line.state != "FAILED"}
        return {trial: found for trial, found in broken.items() if found}

    @functools.cached_property
    def ended_by(self) -> str | None:
        """The limit that ended the search, in words; ``None`` where it has not ended, or nobody says what ended it."""
        return ended_by(self)

    @property
    def best(self) -> Best | None:
        """The winner of the finalists, or while none is named the best COMPLETED trial of the search.

        The best STOPPED one where none completed; ``None`` where there is neither.
        """
        return winner_of(self)

    @functools.cached_property
    def so_far(self) -> SoFar | None:
        """Where there is no best trial: the best epoch of the trials in flight; ``None`` where they told of none."""
        return so_far_of(self) if self.best is None and self.in_flight else None

    @functools.cached_property
    def finalist_lines(self) -> list[FinalistLine]:
        """The line of each run of a finalist that ended, of former finalists too."""
        return checked_finalists(self.store, self.experiment)

    @functools.cached_property
    def finals(self) -> Finalists | None:
        """The best trials on fresh seeds; ``None`` where the experiment asks for none, or none has ended a run."""
        if not self.finalist_lines:
            return None
        try:
            trials = [record.trial for record in self.ranked]
            return Finalists.of(self.experiment, trials, self.finalist_lines, naming_of(self.store))
        except ValueError:
            return None  # the experiment asks for none any more, and none of them was named

    @functools.cached_property
    def finalists(self) -> pd.DataFrame:
        """The best trials on fresh seeds, one row each, best first; see :func:`table_of_finalists`."""
        return table_of_finalists(self.finals, {record.trial: record.config for record in self.records})

    @functools.cached_property
    def takeovers(self) -> dict[int, list[ReleaseLine]]:
        """Trials that went on with weights of others, and with another config -> when, from whom and with what."""
        found: dict[int, list[ReleaseLine]] = {}
        lines = {(line.trial, line.epoch): line for line in read_lines(self.store, RELEASES)}
        for line in lines.values():
            if line.source is not None:
                found.setdefault(line.trial, []).append(line)
        return found

    @functools.cached_property
    def pauses(self) -> list[PauseLine]:
        """The line of each time that the scheduler let a trial wait."""
        scheduler = self.experiment.scheduler
        if not pauses(scheduler["name"], scheduler, self.experiment.epochs):
            return []
        return list({(line.trial, line.epochs): line for line in read_lines(self.store, PAUSES)}.values())

    @functools.cached_property
    def refits(self) -> list[RefitLine]:
        """The line of each time that something took the place of a winner's model: a refit, or an ensemble."""
        return read_lines(self.store, REFITS)

    @functools.cached_property
    def outer_folds(self) -> tuple[OuterFold, ...]:
        """Of nested cross-validation, those that have been judged; each is a study of its own in this one."""
        return judged_folds(self)

    @functools.cached_property
    def headline(self) -> Headline | None:
        """The one number that the study is known by, and what it is; ``None`` where no trial has a value."""
        return headline_of(self)

    @functools.cached_property
    def test_reads(self) -> list[ReadingLine]:
        """The line of each time that a model was evaluated on the test split.

        An attempt that failed is none of them.
        """
        return [line for line in read_lines(self.store, TEST_READS) if line.gave_numbers]

    @functools.cached_property
    def compressed(self) -> list[Compressed]:
        """The compressed models of the best one, each beside the float model; empty where there are none."""
        return compressed_of(self)

    @functools.cached_property
    def requests(self) -> list[RequestLine]:
        """What users asked of the sweep from outside, with the answers; the last line of each request, in order."""
        return list({line.request: line for line in read_lines(self.store, REQUESTS)}.values())

    @property
    def asked(self) -> list[str]:
        """The same in words, with what became of the configs that were queued."""
        return with_trials(self.requests, trials_of(self.proposals))

    @functools.cached_property
    def failed_test_read(self) -> ReadingLine | None:
        """The last attempt to read the test split, where that failed; ``resume`` makes another one."""
        lines = read_lines(self.store, TEST_READS)
        return lines[-1] if lines and not lines[-1].gave_numbers else None

    @property
    def seconds(self) -> float:
        """Wall seconds from the first proposal to the last thing recorded, without the time between two drivers."""
        return self.clock.seconds

    @functools.cached_property
    def clock(self) -> WorkClock:
        """Goes from the first proposal on while a driver is at work: what it tells adds up over all sessions."""
        return clock_of(self)

    @functools.cached_property
    def startup(self) -> dict[str, float]:
        """How the seconds to the first finished epoch divide, by phase; empty where the study does not tell."""
        return startup_of(self)

    @functools.cached_property
    def stages(self) -> list[dict[str, Any]]:
        """What the sweep computed once: stage, name, bytes, seconds, misses and hits of each; empty before its end."""
        try:
            found: list[dict[str, Any]] = read_document(self.store, "stages.json", STAGES)
        except FileNotFoundError:
            return []
        except (InputError, StorageError) as error:
            _LOG.warning("%s; what was computed once is not shown", error)
            return []
        return found

    @functools.cached_property
    def notes(self) -> dict[str, list[int]]:
        """What trials had to tell about their configs -> their numbers."""
        found: dict[str, list[int]] = {}
        for record in self.records:
            for note in record.notes:
                found.setdefault(note, []).append(record.trial)
        return found

    def predictions(self, trial: int, run: int | None = None) -> Predictions | None:
        """Of the validation pictures at a best epoch, as the task keeps them; ``None`` where they are not kept.

        Args:
            trial: its number.
            run: of the trial as a finalist; left out, its training in the search.
        """
        content = self._kept(kept_at(trial, run))
        return None if content is None else from_bytes(content, self.experiment.predicted, self.names)

    @property
    def test_predictions(self) -> Predictions | None:
        """Those of the winner that was named, on the test split; ``None`` where they are not kept."""
        content = self._kept(TEST_PREDICTIONS)
        return None if content is None else from_bytes(content, self.experiment.predicted, self.names)

    def items(self, trial: int | None, run: int | None = None) -> np.ndarray | None:
        """What each picture contributes to an objective that is a function of the user's own, ``(n,)``.

        Args:
            trial, run: as of :meth:`predictions`; no trial: of the test split.
        """
        content = self._kept(TEST_PREDICTIONS if trial is None else kept_at(trial, run))
        known = self.test_predictions if trial is None else self.predictions(trial, run)
        return None if content is None or known is None else items_from_bytes(content, len(known))

    def hidden_tokens(self, trial: int, run: int | None = None) -> HiddenTokens | None:
        """What the answers about the worst validation texts rest on; arguments as of :meth:`predictions`."""
        content = self._kept(kept_at(trial, run))
        return None if content is None else hidden_from_bytes(content)

    def filter_ngrams(self, trial: int, run: int | None = None) -> FilterNgrams | None:
        """N-grams of texts at which filters are strongest; arguments as of :meth:`predictions`."""
        content = self._kept(kept_at(trial, run))
        return None if content is None else ngrams_from_bytes(content)

    def _kept(self, file: str) -> bytes | None:
        try:
            return self.store.read(file)
        except FileNotFoundError:
            return None

    def has_predictions(self, trial: int, run: int | None = None) -> bool:
        """Whether :meth:`predictions` are kept."""
        return self.store.exists(kept_at(trial, run))

    def log(self, trial: int) -> str:
        """What a trial printed in its workers: output, warnings, tracebacks of its own; empty where that is nothing."""
        return self.store.appended(log_name(trial)).decode("utf-8", "replace")

    @property
    def names(self) -> list[str]:
        """What the outputs of a model stand for, in their order; of classification its classes."""
        described = self.environment.get("dataset", {})
        return list(described.get("outputs") or described.get("classes") or [])

    @property
    def answers(self) -> Answers:
        """What the outputs of the best model mean."""
        return self.experiment.predicted.answers(self.names, self.best.decisive if self.best else {})

    def summary(self, every_trial: bool = False, brief: bool = False) -> dict[str, Any]:
        """The study as ``run --json`` prints it, of JSON types only; with ``every_trial`` as ``show --json`` does.

        ``brief``, as one of many, it has no interval, and the model in ``best/`` is not looked at.
        """
        return summary_of(self, every_trial, brief)

    def report(self, path: str | os.PathLike[str] | None = None) -> Path | str:
        """Write the report as one self-contained HTML file.

        Args:
            path: the file; left out, :attr:`report_path`.

        Returns:
            Path of the file, which a notebook shows as the page; its URI where it is on object storage.
        """
        return reporter().write_report([self], path)

    def markdown(self) -> str:
        """The verdict in Markdown, short enough to be pasted into a pull request."""
        return reporter().markdown([self])

    def code(self, trial: int | None = None) -> str:
        """The plain Keras script that builds and trains a trial's model.

        Args:
            trial: its number; left out, the best one's.

        Raises:
            InputError: there is no such trial.
        """
        return reporter().keras_code(self, trial)

    def __repr__(self) -> str:
        return line_of(self)

    def _repr_html_(self) -> str:
        return reporter().in_html(self)
