"""What follows the last trial: each step may fail, and costs neither the study nor the other steps."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import CnnsearchError, SweepError
from cnnsearch.escaping import printable, shell_line
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import derived_parts, is_over, mark_of, missing_steps
from cnnsearch.study.record.lines import PAUSES
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.sweep.mistakes import save_mistakes
from cnnsearch.sweep.suspicious import save_suspicious
from cnnsearch.sweep.worker.checkpoints import delete_all_but

__all__ = ["MISTAKES", "close", "end_study", "mend_best", "report_again", "save_pictures", "spared", "tidy"]

MISTAKES = "the pictures of the best model's mistakes, or with suspicious labels, could not be kept"
"""What is told where that step fails."""

_LOG = logging.getLogger("cnnsearch")


def end_study(study: Study, dataset: Dataset, split: Split) -> None:
    """Tidy up, keep pictures of the best model's mistakes, write the report, and last of all that this is the end.

    What fails is logged with what to do, and stands in ``study.unfinished``.
    """
    tidy(study)
    with spared(study.unfinished, MISTAKES):
        save_pictures(study, dataset, split)
    close(study)


def save_pictures(study: Study, dataset: Dataset, split: Split) -> None:
    """Those with suspicious labels, then those of the best model's mistakes, whose list says that both are there."""
    save_suspicious(study, dataset, split)
    save_mistakes(study, dataset, split)


def tidy(study: Study) -> None:
    """Delete what only trials in flight need; let what lies beside the best model say what the record says."""
    with spared(study.unfinished, "checkpoints of trials that have ended could not be deleted"):
        delete_all_but(study.store, study.in_flight, {line.trial for line in read_lines(study.store, PAUSES)})
        if is_over(study) and not ((held := find_best(study)) is not None and held.mends):
            study.store.delete(MODELS)
    with spared(study.unfinished, "what lies beside the best model could not be written again"):
        mend_best(study)


def mend_best(study: Study) -> list[str]:
    """Write again what lies beside the model in ``best/`` and does not say what the record says; the names of that."""
    parts = derived_parts(study)
    for name, content in parts.items():
        study.store.remake(name, content)
    return list(parts)


def close(study: Study) -> None:
    """Write the report; then, where nothing is left to do and nothing failed, that the study is complete."""
    command = shell_line(["cnnsearch", "report", study.store.location])
    with spared(study.unfinished, "the report could not be written", f"to write it: {command}"):
        study.report()
    if study.interrupted or study.unfinished or not is_over(study):
        return
    with spared(study.unfinished, "that the study is complete could not be recorded"):
        if missing := missing_steps(study, but_report=True):  # storage may have another clock than this machine
            raise SweepError("; ".join(missing))
        mark_of(study).write(study.store)


def report_again(study: Study, was_completed: bool, failures: list[str]) -> None:
    """Write the report of a study to whose record something was added after its end.

    Args:
        study: as it was before.
        was_completed: whether it was, before something was added.
        failures: to which it is added where that fails, in words.
    """
    advice = f"to write it: {shell_line(['cnnsearch', 'report', study.store.location])}"
    with spared(failures, "the report could not be written", advice):
        read = type(study).load(study.store)
        read.report()
        if was_completed:  # it still is: of a record with one line more
            mark_of(read).write(read.store)


@contextlib.contextmanager
def spared(failures: list[str], what: str, advice: str | None = None) -> Iterator[None]:
    """An error of the block is logged and added to ``failures``, as one line: ``what (reason); advice``."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the trials are done and recorded: nothing that follows may cost them
        kind = "" if isinstance(error, CnnsearchError) else f"{type(error).__name__}: "
        told = f"{what} ({kind}{error}); the sweep itself is not affected"
        failures.append(printable(f"{told}; {advice}" if advice else told))
        _LOG.warning("%s", failures[-1])
