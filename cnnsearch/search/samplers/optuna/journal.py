"""The Optuna journal of a study: what optuna-dashboard reads, made from the record and made again at any doubt."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend

from cnnsearch.errors import StorageError
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers.optuna.distributions import Translation
from cnnsearch.search.samplers.optuna.private import lock_of
from cnnsearch.search.samplers.sampler import Outcome
from cnnsearch.space import Config, Space
from cnnsearch.study.store import Store
from cnnsearch.study.store.atomic import write_atomic

__all__ = ["JOURNAL", "Journal", "journal_of"]

JOURNAL = "optuna.journal"

_LOG = logging.getLogger("cnnsearch")


class Journal:
    """The ended trials as an Optuna journal, which optuna-dashboard reads while the sweep runs.

    Nothing of a sweep depends on it: what goes wrong with it is told, and the sweep goes on.

    Args:
        path: of the file; ``None``: nowhere, as on object storage, where Optuna cannot append.
        name: of the study.
        space: what was searched.
        mode: ``max`` or ``min``.
    """

    def __init__(self, path: Path | None, name: str, space: Space, mode: str) -> None:
        self._path = path
        self._name = name
        self._translation = Translation(space)
        self._direction = "maximize" if mode == "max" else "minimize"
        self._study: optuna.Study | None = None

    def add(self, config: Config, outcome: Outcome) -> None:
        """Append one ended trial."""
        if self._path is None:
            return
        try:
            self._open(self._path).add_trial(self._trial(config, outcome))
        except Exception as error:  # noqa: BLE001 - somebody may have put anything there; no trial depends on it
            self._give_up(error)

    def holds(self, ended: Sequence[tuple[Config, Outcome]]) -> bool:
        """Whether it says what the record says: just the trials that ended, in that order."""
        if self._path is None or not (ended or os.path.lexists(self._path)):
            return True
        return self._known(self._expected(ended)) == len(ended)

    def catch_up(self, ended: Sequence[tuple[Config, Outcome]]) -> None:
        """Append what is missing of all that ended; where it holds anything else, it is made again from the record."""
        if self._path is None:
            return
        try:
            _remove(lock_of(self._path))  # a killed driver leaves it
            if not (ended or os.path.lexists(self._path)):
                return
            expected = self._expected(ended)
            known = self._known(expected)
            if known is None:
                self._make_again(expected)
            else:
                for trial in expected[known:]:
                    self._open(self._path).add_trial(trial)
        except Exception as error:  # noqa: BLE001 - as in `add`
            self._give_up(error)

    def _trial(self, config: Config, outcome: Outcome) -> optuna.trial.FrozenTrial:
        states = optuna.trial.TrialState
        return optuna.create_trial(
            state={"COMPLETED": states.COMPLETE, "STOPPED": states.PRUNED, "FAILED": states.FAIL}[outcome.state],
            value=outcome.value if outcome.state == "COMPLETED" else None,
            params=self._translation.told(config),
            distributions=self._translation.distributions(config),
            intermediate_values={epoch: value for epoch, value in outcome.curve if math.isfinite(value)},
        )

    def _expected(self, ended: Iterable[tuple[Config, Outcome]]) -> list[optuna.trial.FrozenTrial]:
        return [self._trial(config, outcome) for config, outcome in ended]

    def _known(self, expected: Sequence[optuna.trial.FrozenTrial]) -> int | None:
        """How many of the expected trials it holds, which are the first ones; ``None`` where it holds anything else."""
        try:
            found = self._read()
        except Exception:  # noqa: BLE001 - Optuna says in many ways that it does not understand a line
            return None
        same = len(found) <= len(expected) and all(map(_is_same, found, expected))
        return len(found) if same else None

    def _read(self) -> list[optuna.trial.FrozenTrial]:
        if self._path is None or not _is_file(self._path):
            raise ValueError("not a file")
        content = self._path.read_bytes()
        if not content.endswith(b"\n"):
            raise ValueError("torn: what is appended would stand on the line that was torn")
        lines = [json.loads(line) for line in content.split(b"\n")[:-1]]
        study = self._loaded(optuna.storages.JournalStorage(_Lines(lines)), load=True)
        return list(study.get_trials(deepcopy=False))

    def _make_again(self, trials: Iterable[optuna.trial.FrozenTrial]) -> None:
        if self._path is None:
            return
        lines = _Lines([])
        study = self._loaded(optuna.storages.JournalStorage(lines), load=False)
        for trial in trials:
            study.add_trial(trial)
        self._study = None
        was_there = os.path.lexists(self._path)
        if not _is_file(self._path):
            _remove(self._path)
        write_atomic(self._path, lines.content)
        if was_there:
            _LOG.warning("%s did not hold what the record says: it was made again from that", self._path)

    def _open(self, path: Path) -> optuna.Study:
        if self._study is None:
            storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
            self._study = self._loaded(storage, load=False)
        return self._study

    def _loaded(self, storage: Any, load: bool) -> optuna.Study:
        """The study in a storage; one that is not there is made, unless it must be there, with the same direction."""
        if not load:
            optuna.logging.set_verbosity(optuna.logging.ERROR)
            return optuna.create_study(
                storage=storage, study_name=self._name, direction=self._direction, load_if_exists=True
            )
        study = optuna.load_study(study_name=self._name, storage=storage)
        if study.direction.name.lower() != self._direction:
            raise ValueError("another direction")
        return study

    def _give_up(self, error: Exception) -> None:
        _LOG.warning(
            "%s cannot be written (%s: %s): optuna-dashboard will not see what follows; the sweep is not affected, "
            "and the next cnnsearch resume makes it again",
            self._path,
            type(error).__name__,
            error,
        )
        self._path = None


def journal_of(store: Store, experiment: Experiment) -> Journal:
    """That of a study."""
    path = None if store.folder is None else store.folder / JOURNAL
    if path is not None:
        with contextlib.suppress(StorageError):  # what is no file gives way to a new one
            path = store.appendable(JOURNAL)
    return Journal(path, store.name, experiment.space, experiment.objective.mode or "max")


class _Lines(BaseJournalBackend):
    """The lines of a journal in memory."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self._lines = lines

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        return self._lines[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self._lines.extend(logs)

    @property
    def content(self) -> str:
        return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in self._lines)


def _is_file(path: Path) -> bool:
    """Whether it is one, and no link to one, which may lie anywhere."""
    return path.is_file() and not path.is_symlink()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_same(found: optuna.trial.FrozenTrial, expected: optuna.trial.FrozenTrial) -> bool:
    """Whether they tell the same of a trial; each was added at another time."""
    return all(
        getattr(found, name) == getattr(expected, name)
        for name in ("state", "values", "params", "distributions", "intermediate_values")
    )
