"""An experiment file with which a study goes on: its names stand for what they stood for when the study began."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.recommended import completed_start, nearest_config
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.experiment.recorded import FORMER, FORMER_OF_BOXES, FORMER_OF_DATASET, FORMER_OF_LIMITS
from cnnsearch.experiment.start import RECOMMENDED, StartConfig
from cnnsearch.search.starts import resolved
from cnnsearch.space import Config, config_key, same
from cnnsearch.study import Study

__all__ = ["resolved_after", "with_unsaid_of"]


def resolved_after(new: Experiment, old: Experiment, find: Callable[[str], Study]) -> Experiment:
    """The experiment as :func:`~cnnsearch.search.starts.resolved` gives it, in a study that began as ``old``.

    What the study has learnt from another one stays, also where that is gone; and so does what it began with, where the
    file says that it begins so, and the grace of its scheduler, where the file names none: it was counted at the start.

    Raises:
        InputError: as of ``resolved``.
    """
    new = _with_grace_of(new, old)
    learnt = {item.study: item for item in old.learn_from if isinstance(item, EarlierStudy)}
    learn_from = tuple(learnt.get(item, item) if isinstance(item, str) else item for item in new.learn_from)
    if new.start != old.start and not _begins_as(new, old):
        return resolved(new.model_copy(update={"learn_from": learn_from}), find)
    found = resolved(new.model_copy(update={"start": (), "learn_from": learn_from}), find)
    return found.model_copy(update={"start": old.start})


def _with_grace_of(new: Experiment, old: Experiment) -> Experiment:
    """A grace that the file leaves open is the study's own; see :func:`~cnnsearch.experiment.grace.with_grace`."""
    if new.scheduler.get("grace_epochs", 0) is not None or new.scheduler["name"] != old.scheduler["name"]:
        return new
    return new.model_copy(update={"scheduler": {**new.scheduler, "grace_epochs": old.scheduler["grace_epochs"]}})


def with_unsaid_of(new: Experiment, old: Experiment) -> Experiment:
    """With what the study did by keys that came later than it, where the file says nothing of them.

    Args:
        new: as it was read: an experiment that was updated says everything.
        old: of the study.
    """
    # What checks of the data do may change; names that a study began with stand for what they stood for then.
    later = [key for key in FORMER if key != "checks" and (key != "start" or not old.start)]
    unsaid: dict[str, Any] = {key: getattr(old, key) for key in later if key not in new.model_fields_set}
    sections: dict[str, dict[str, Any]] = {"dataset": FORMER_OF_DATASET | FORMER_OF_BOXES, "limits": FORMER_OF_LIMITS}
    for name, former in sections.items():
        ours, theirs = getattr(new, name), getattr(old, name)
        if type(ours) is not type(theirs) or ours is None:
            continue
        known = [key for key in former if key in type(ours).model_fields and key not in ours.model_fields_set]
        keys = [key for key in known if getattr(theirs, key) == former[key]]
        unsaid[name] = ours.model_copy(update={key: getattr(theirs, key) for key in keys})
    return new.model_copy(update=unsaid)


def _begins_as(new: Experiment, old: Experiment) -> bool:
    """Whether what the file begins with is all that the study began with; what was the same there came once."""
    begun = {_source(item.origin or ""): item.config for item in old.start if isinstance(item, StartConfig)}
    tried = {config_key(item.config) for item in old.start if isinstance(item, StartConfig)}
    names = []
    for place, item in enumerate(new.start):
        names.append(item if isinstance(item, str) else _source(item.origin or f"start.{place}"))
        if isinstance(item, str):
            is_same = item in begun or (item == RECOMMENDED and _is_tried(new, nearest_config(new, {}), tried))
        else:
            is_same = _is_of(item.config, begun.get(names[-1], {}))
            is_same = is_same or config_key(completed_start(new, item.config)) in tried
        if not is_same:
            return False
    return set(begun) <= set(names)


def _is_tried(new: Experiment, recommended: Config, tried: Container[str]) -> bool:
    """Whether the study began with what is recommended; one that breaks the constraints it would have left out."""
    return config_key(recommended) in tried or not new.space.allows(recommended)


def _source(origin: str) -> str:
    """What the file names: a study for each of its trials."""
    return origin.partition(", trial ")[0]


def _is_of(written: Config, config: Config) -> bool:
    """Whether a config says all that is written."""
    return all(name in config and same(config[name], value) for name, value in written.items())
