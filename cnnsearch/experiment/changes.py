"""What may change in the experiment of a study that goes on: the trials that it has must stay valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.experiment import Experiment
from cnnsearch.space import Choice, Config, Constant, same, shown

__all__ = ["change_problems", "completed", "nested_problems"]

_FIXED = {
    "dataset": "the study's trials saw other data",
    "preprocessing": "the study's trials saw other pictures",
    "augmentation": "the study's trials were trained otherwise",
    "features.dtype": "the study's trials were trained on other numbers",
    "task": "the study's trials predicted something else",
    "model": "the study's trials are of another family",
    "runtime": "the study's trials are of another family",
    "repeats": "the study's trials were judged by the mean over another number of seeds",
    "evaluation": "the study's trials were judged by other folds",
    "defaults": "the study's trials had other values of what its space does not name",
    "epochs": "the study's trials ended at another epoch",
    "early_stopping": "the study's trials ended at another epoch",
    "objective": "the study's trials were judged otherwise",
    "limits": "the study's trials were judged otherwise",
    "ties": "the study's best trial was named by it",
    "scheduler": "the study's trials were stopped by other rules",
    "start": "the study began with these",
    "seed": "the study's trials have seeds that follow from it",
    "resources.precision": "the study's trials were trained in another arithmetic",
    "resources.xla": "the study's trials were trained in another arithmetic",
}
"""What must stay, and why."""

_OF_SEARCH = (
    *("space", "constraints", "sampler", "learn_from", "budget", "stop", "never_stopped"),
    *("finalists", "final", "ensemble", "refit_times", "choose"),
)
"""Beside these, what makes a search: of nested cross-validation all searches are alike."""


def change_problems(old: Experiment, new: Experiment, configs: Iterable[tuple[int, Config]]) -> list[Problem]:
    """Why a study of ``old`` cannot go on as ``new``; nothing where it can.

    Args:
        old, new: experiments.
        configs: number and config of each trial that the study has.
    """
    problems = []
    before, after = _without_place(old), _without_place(new)
    for key, reason in _FIXED.items():
        was, now = _at(before, key), _at(after, key)
        if was != now:
            problems.append(Problem(key, f"cannot change from {shown(was)} in a study that goes on: {reason}", now))
    return problems + _space_problems(new, configs)


def nested_problems(old: Experiment, new: Experiment) -> list[Problem]:
    """Why nested cross-validation cannot go on otherwise; arguments as of :func:`change_problems`."""
    if not old.is_nested:
        return []
    before, after = old.to_dict(), new.to_dict()
    rule = "cannot change in nested cross-validation, whose searches are all alike: a new study may have another"
    return [Problem(key, rule, shown(after[key])) for key in _OF_SEARCH if before[key] != after[key]]


def completed(config: Mapping[str, Any], experiment: Experiment) -> Config:
    """A config with the defaults of parameters that were added to the space later: the trial ran with them."""
    defaults = experiment.filled({})
    found = dict(config)
    for name in experiment.space.ordered:
        if name not in found and name in defaults and experiment.space.is_active(name, found):
            found[name] = experiment.space[name].own(defaults[name])
    return {name: found[name] for name in experiment.space if name in found} | found


def _space_problems(new: Experiment, configs: Iterable[tuple[int, Config]]) -> list[Problem]:
    """One for each parameter that does not hold what some trial had: the first such trial is named."""
    found: dict[str, Problem] = {}
    for trial, config in configs:
        for problem in _config_problems(config, new):
            name = problem.where
            if name.startswith("constraints."):
                rule = f"would have ruled out trial {trial}, which ran with {problem.value}: {problem.rule}"
                found.setdefault(name, Problem(name, rule))
                continue
            given = "with its default" if name not in config else f"with {shown(config[name])}"
            rule = f"no longer holds trial {trial}, which ran {given}: {problem.rule}"
            found.setdefault(name, Problem(f"space.{name}", rule))
    return list(found.values())


def _without_place(experiment: Experiment) -> dict[str, Any]:
    """Data may be moved: what it is, not where it lies, must stay, which its fingerprint tells when it is read."""
    keys = experiment.to_dict()
    return {**keys, "dataset": {key: value for key, value in keys["dataset"].items() if key != "path"}}


def _config_problems(config: Config, new: Experiment) -> list[Problem]:
    try:
        new.space.validate(completed(config, new))
    except InputError as error:
        return list(error.problems)
    searchable, problems = new.searchable, []
    for name, value in config.items():
        parameter = new.space[name]
        option = parameter.own(value)
        # A file's 0 may stand for an option 0.0; a trial that ran with 0 ran with 0, unless it was a float.
        if isinstance(parameter, (Choice, Constant)) and not same(*map(searchable[name].own, (option, value))):
            problems.append(Problem(name, f"{shown(option)} is another value"))
    return problems


def _at(keys: Mapping[str, Any], dotted: str) -> Any:
    section, _, key = dotted.partition(".")
    return keys[section][key] if key else keys[section]
