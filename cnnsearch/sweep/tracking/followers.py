"""The trackers of a sweep, told in order by one thread."""

from __future__ import annotations

import importlib.util
import logging
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.outlets import FROM_ENVIRONMENT, Tracking
from cnnsearch.redaction import hidden_in, is_redacted
from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.outlets.addresses import find_address
from cnnsearch.sweep.tracking.tracker import Tracker

__all__ = ["Followers", "check_tracking", "start_tracking"]

_LOG = logging.getLogger("cnnsearch")

_PACKAGES = {"tensorboard": "tensorboardX", "mlflow": "mlflow"}
"""Key of ``tracking`` -> module that it needs, and the extra of the same name brings."""

LONGEST_CLOSE = 60.0
"""Seconds that the end of a sweep waits for what is still to be written."""


def check_tracking(tracking: Tracking) -> None:
    """See that what is asked for is installed, and that an address that the environment holds is there.

    Raises:
        InputError: it is not; names the extra, or the variable.
    """
    given = tracking.without_secrets()
    problems = [
        Problem(f"tracking.{key}", f"needs {module}: pip install 'cnnsearch[{key}]'", getattr(given, key))
        for key, module in _PACKAGES.items()
        if getattr(tracking, key) is not None and importlib.util.find_spec(module) is None
    ]
    if tracking.mlflow is not None and tracking.mlflow.startswith(FROM_ENVIRONMENT):
        try:
            find_address(tracking.mlflow)
        except ValueError as error:
            problems.append(Problem("tracking.mlflow", str(error), tracking.mlflow))
    if problems:
        raise InputError(problems)


def start_tracking(experiment: Experiment, study: str, location: str) -> Followers:
    """The trackers that an experiment asks for.

    Args:
        experiment: with its section ``tracking``.
        study: name of the study's folder, unique among those beside it.
        location: path or URI of the study.
    """
    tracking = experiment.tracking
    starts: dict[str, Callable[[], Tracker]] = {}
    secrets: list[str] = []
    if tracking.tensorboard is not None:

        def start_tensorboard(folder: str = tracking.tensorboard) -> Tracker:
            from cnnsearch.sweep.tracking.tensorboard import TensorBoardTracker

            return TensorBoardTracker(folder, study)

        starts["TensorBoard"] = start_tensorboard
    if tracking.mlflow is not None and not is_redacted(tracking.mlflow):
        secrets.append(find_address(tracking.mlflow))

        def start_mlflow(uri: str = secrets[0]) -> Tracker:
            os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # it tells of every table that it makes
            from cnnsearch.sweep.tracking.mlflow import MlflowTracker

            return MlflowTracker(uri, experiment.name, location)

        starts["MLflow"] = start_mlflow
    return Followers(starts, secrets)


class Followers:
    """Hands on to trackers what it is told, without waiting for them.

    Args:
        starts: name, for messages, -> what makes a tracker; called in the thread, as a server may be slow to answer.
        secrets: addresses that no message must name.
    """

    def __init__(self, starts: Mapping[str, Callable[[], Tracker]], secrets: Sequence[str] = ()) -> None:
        self._starts = starts
        self._secrets = tuple(secrets)
        self._events: queue.SimpleQueue[Callable[[Tracker], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True) if starts else None
        if self._thread:
            self._thread.start()

    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        """As :meth:`Tracker.epochs`."""
        self._put(lambda tracker: tracker.epochs(trial, config, lines))

    def end(self, line: TrialLine) -> None:
        """As :meth:`Tracker.end`."""
        self._put(lambda tracker: tracker.end(line))

    def close(self) -> None:
        """Wait until everything is written, but no longer than :data:`LONGEST_CLOSE`."""
        if self._thread is None:
            return
        self._put(lambda tracker: tracker.close())
        self._events.put(None)
        self._thread.join(LONGEST_CLOSE)
        if self._thread.is_alive():
            _LOG.warning("tracking: gave up after %g s what was still to be written", LONGEST_CLOSE)
        self._thread = None

    def _put(self, event: Callable[[Tracker], None]) -> None:
        if self._thread is not None:
            self._events.put(event)

    def _work(self) -> None:
        trackers: dict[str, Tracker] = {}
        for name, start in self._starts.items():
            try:
                trackers[name] = start()
            except Exception as error:  # noqa: BLE001 - whatever a tracker raises is not the sweep's end
                self._give_up(name, error)
        while (event := self._events.get()) is not None:
            for name, tracker in list(trackers.items()):
                try:
                    event(tracker)
                except Exception as error:  # noqa: BLE001 - as above
                    del trackers[name]
                    self._give_up(name, error)

    def _give_up(self, name: str, error: Exception) -> None:
        first = hidden_in((str(error).strip().splitlines() or [""])[0], self._secrets)
        _LOG.warning("%s is told nothing more of this sweep, which goes on: %s: %s", name, type(error).__name__, first)
