"""The metric of the user's own that a study was searched by, where its model is judged anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.own_code.source import changes, read_code
from cnnsearch.study import Study
from cnnsearch.study.folder.trust import Ask, model_permit
from cnnsearch.tasks.contract.metrics import is_function

__all__ = ["metric_as_input", "permit_metric"]

_WHERE = "objective.metric"


def permit_metric(study: Study, ask: Ask) -> None:
    """Whether the function may be run, and is what the study was searched by; nothing where the objective is none.

    Raises:
        InputError: it may not, is not there, or has changed.
    """
    name = study.experiment.objective.metric
    if not is_function(name):
        return
    model_permit(study, ask)()
    code, now = study.environment.get("code", {}), read_code({_WHERE: name}).digests
    changed = changes({file: code[file] for file in code if file in now}, now) if code else []
    if changed:
        rule = (
            f"{', '.join(changed)} since the study was run, so its numbers could not be compared with the study's own"
        )
        raise InputError(Problem(_WHERE, f"{rule}; as it was, the code lies in the study's folder source", name))


@contextlib.contextmanager
def metric_as_input(objective: str) -> Iterator[None]:
    """In here a function that fails is bad input, and no trial's end.

    Raises:
        InputError: it fails.
    """
    try:
        yield
    except TrialError as error:
        raise InputError(Problem(_WHERE, str(error), objective)) from error
