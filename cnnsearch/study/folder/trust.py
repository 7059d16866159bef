"""Which errands this user trusts on this machine: those of sweeps that were started here, and those once said yes to.

Nothing in a study can say so, as a study may come from anybody: the digests of trusted errands stand in a file of the
user's own. A study that is moved, copied or packed stays trusted, and one whose command was changed is not.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem
from cnnsearch.states_folder import states_folder
from cnnsearch.study.folder.errands import Errand, model_errands

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["Ask", "ensure_trusted", "model_permit", "never", "remember"]

_LOG = logging.getLogger("cnnsearch")

Ask = Callable[[Sequence[Errand]], bool]
"""Whether the user wants these, which are not trusted yet."""


def never(errands: Sequence[Errand]) -> bool:  # noqa: ARG001 - an Ask
    """Nobody is there who could be asked."""
    return False


def ensure_trusted(errands: Iterable[Errand], ask: Ask, source: str) -> None:
    """Ask for errands that are not trusted yet, once: what the user wants is remembered.

    Args:
        errands: none: nobody is asked.
        ask: the user.
        source: place of the study.

    Raises:
        InputError: the user does not want them, or cannot be asked.
    """
    known = _trusted()
    unknown = [errand for errand in errands if errand.digest not in known]
    if not unknown:
        return
    if not ask(unknown):
        problems = [Problem(errand.where, f"would {errand.does}") for errand in unknown]
        rule = "this study was not made by you on this machine, so nothing was run; if you trust it: --trust"
        raise InputError(
            [*problems, Problem("STUDY", f"{rule} (from Python cnnsearch.resume(..., trust=True))")], source
        )
    remember(unknown)


def model_permit(study: Study, ask: Ask) -> Callable[[], None]:
    """What to call before a study's own code is imported; it raises as :func:`ensure_trusted` does."""
    return lambda: ensure_trusted(model_errands(study.experiment, study.environment), ask, study.source)


def remember(errands: Iterable[Errand]) -> None:
    """From now on these are trusted; where that cannot be kept, it is a warning, and they will be asked for again."""
    missing = sorted({errand.digest for errand in errands} - _trusted())
    if not missing:
        return
    try:
        file = _file()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write("".join(f"{digest}\n" for digest in missing))
    except (OSError, RuntimeError) as error:  # RuntimeError: nobody knows where this user's home is
        why = getattr(error, "strerror", None) or error
        _LOG.warning("cannot remember that this study is trusted (%s): resume and rerun will ask, or take --trust", why)


def _trusted() -> frozenset[str]:
    try:
        file = _file()
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            _LOG.warning("%s is not a file that this user alone can write: what it says is trusted, is not", file)
            return frozenset()
        return frozenset(file.read_text("ascii", "replace").split())
    except (OSError, RuntimeError):  # as a rule it is not there yet
        return frozenset()


def _file() -> Path:
    return states_folder() / "trusted"
