"""Addresses of those who are told of a sweep: where they come from, and what of them a study keeps."""

from __future__ import annotations

import logging
import os
import shlex

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.outlets import FROM_ENVIRONMENT
from cnnsearch.redaction import is_redacted

__all__ = ["check_kept", "find_address", "tell_secrets"]

_LOG = logging.getLogger("cnnsearch")

_NOT_KEPT = "its secret part is not kept in the study; give a file that names it by --file, best as env:NAME"


def find_address(given: str, schemes: tuple[str, ...] = ()) -> str:
    """What an experiment names: the address itself, or the environment variable that holds it.

    Args:
        given: as the experiment has it.
        schemes: how the address must begin; empty, it must not be empty.

    Raises:
        ValueError: the variable holds none, or ``given`` comes from a study, which keeps no secrets.
    """
    check_kept(given)
    if not given.startswith(FROM_ENVIRONMENT):
        return given
    name = given.removeprefix(FROM_ENVIRONMENT)
    found = os.environ.get(name, "")
    if not found or (schemes and not found.startswith(schemes)):
        what = "http or https URL" if schemes else "address"
        raise ValueError(f"the environment variable {name} holds no {what}")
    return found


def check_kept(given: str) -> None:
    """Whether an address or a word of a command is whole.

    Raises:
        ValueError: it comes from a study, which keeps no secrets.
    """
    if is_redacted(given):
        raise ValueError(_NOT_KEPT)


def tell_secrets(experiment: Experiment) -> None:
    """Log which addresses and commands are not there any more, and which will not be when the study is resumed."""
    kept = _told(experiment.without_secrets())
    for key, given in _told(experiment).items():
        if given.startswith(FROM_ENVIRONMENT):
            _tell_missing(key, given)
        elif is_redacted(given):
            _LOG.warning("%s, %s, is not used: %s", key, given, _NOT_KEPT)
        elif given != kept[key]:
            instead = "read the secret in the program" if key == "notify.command" else "name it by env:NAME"
            _LOG.warning(
                "%s: the study keeps no secrets, only %s; to use it on resume too, %s", key, kept[key], instead
            )


def _tell_missing(key: str, given: str) -> None:
    """Tell of a variable now that will be missed at the end of a sweep that may take days."""
    try:
        find_address(given)
    except ValueError as error:
        _LOG.warning("%s: %s", key, error)


def _told(experiment: Experiment) -> dict[str, str]:
    """Who is told, by key."""
    notify = experiment.notify
    found = {
        "tracking.mlflow": experiment.tracking.mlflow,
        "notify.webhook": notify.webhook if notify else None,
        "notify.command": shlex.join(notify.command) if notify and notify.command else None,
    }
    return {key: text for key, text in found.items() if text is not None}
