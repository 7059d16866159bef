"""What follows the last trial: each step may fail, and costs neither the study nor the other steps."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from cnnsearch.data import Dataset, Split
from cnnsearch.errors import CnnsearchError
from cnnsearch.escaping import printable, shell_line
from cnnsearch.study import Study
from cnnsearch.sweep.checkpoints import delete_all_but
from cnnsearch.sweep.mistakes import save_mistakes

__all__ = ["end_study", "spared"]

_LOG = logging.getLogger("cnnsearch")


def end_study(study: Study, dataset: Dataset, split: Split) -> None:
    """Delete the checkpoints of trials that ended, keep pictures of the best model's mistakes, write the report.

    What fails is logged with what to do, and stands in ``study.unfinished``.
    """
    with spared(study.unfinished, "checkpoints of trials that have ended could not be deleted"):
        delete_all_but(study.store, study.in_flight)
    with spared(study.unfinished, "the pictures of the best model's mistakes could not be kept"):
        save_mistakes(study, dataset, split)
    command = shell_line(["cnnsearch", "report", study.store.location])
    with spared(study.unfinished, "the report could not be written", f"to write it: {command}"):
        study.report()


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
