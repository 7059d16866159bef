"""All checks of the table on one data set: what they find is left out, kept together, told or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnnsearch.data.checks.check import find_check
from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import SHOWN, Finding, are_of
from cnnsearch.data.checks.spec import CHECKS, DROP, ERROR, KEEP_TOGETHER
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.groups import joined_groups
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem

__all__ = ["checked_and_split"]

_COPIES, _CONFLICTS = ("duplicates", "near_duplicates"), "conflicting_labels"


def checked_and_split(
    dataset: Dataset,
    divide: Callable[[Dataset], Split],
    actions: Mapping[str, str],
    is_own_split: bool = True,
) -> tuple[Dataset, Split]:
    """Split what the checks leave.

    Args:
        dataset: as it was read.
        divide: splits a data set whose groups are known.
        actions: what is done about what each check of the table finds.
        is_own_split: a split that the data brings is the user's own work, so that an error may be due to it.

    Returns:
        The pictures that are used, with what was found in :attr:`Dataset.findings`.

    Raises:
        InputError: what was found is to be an error, or what is left cannot be split.
    """
    dropped: list[Finding] = []
    checks = [name for name, spec in CHECKS.items() if dataset.inputs in spec.looks_at]
    whole, rest = Examined(dataset, is_own_split), np.arange(len(dataset.pictures))
    for name in sorted(checks, key=lambda name: name != _CONFLICTS):  # as long as all copies are there
        if actions[name] == DROP:
            dataset, stays, left_out = _without(dataset, name)
            rest = rest[stays]
            dropped += left_out
    looked_at = dict.fromkeys(checks, Examined(dataset, is_own_split))
    if actions[_CONFLICTS] != DROP and DROP in (actions[name] for name in _COPIES):
        looked_at[_CONFLICTS] = whole  # of copies one stays, with one of the labels
    found = {name: find_check(name).sets(looked_at[name]) for name in checks}
    if looked_at[_CONFLICTS] is whole:
        found[_CONFLICTS] = [members for members in found[_CONFLICTS] if np.isin(members, rest).any()]
    together = [members for name, sets in found.items() if actions[name] == KEEP_TOGETHER for members in sets]
    if together:
        dataset = replace(dataset, groups=joined_groups(len(dataset.pictures), dataset.groups, together))
    split = divide(dataset)
    told = [
        finding for name, sets in found.items() for finding in find_check(name).findings(looked_at[name], split, sets)
    ]
    problems = list(_problems(told, actions))
    if problems:
        raise InputError(problems)
    return replace(dataset, findings=(*dropped, *told)), split


def _without(dataset: Dataset, name: str) -> tuple[Dataset, np.ndarray, list[Finding]]:
    """What is left, which pictures these are, and what is told of the others."""
    check, examined = find_check(name), Examined(dataset)
    gone: Sets = check.surplus(examined, check.sets(examined))
    if not gone:
        return dataset, np.arange(len(examined)), []
    indices = sorted({index for index, *_ in gone})
    first = dataset.pictures.name(gone[0][0])
    doc = (dataset.inputs == "texts" and CHECKS[name].of_texts) or CHECKS[name].doc
    text = f"{are_of(len(indices), len(examined))} left out ({doc}), as {first}."
    finding = Finding(name, text, len(indices), dataset, tuple(gone[:SHOWN]), doubtful=False, kind="dropped")
    rest = np.setdiff1d(np.arange(len(examined)), indices)
    left = dataset.take(rest)
    problems = left.targets.problems(left.given) if len(rest) else [Problem("dataset", "no picture is left")]
    if problems:
        why = f"what is left after checks.{name} left {len(indices):,} pictures out"
        raise InputError([Problem(problem.where, f"{problem.rule}; {why}", problem.value) for problem in problems])
    return left, rest, [finding]


def _problems(told: list[Finding], actions: Mapping[str, str]) -> Iterator[Problem]:
    for finding in (each for each in told if each.count):  # else it says that there is nothing
        action = actions[finding.check]
        if action == ERROR or (action == KEEP_TOGETHER and finding.refused):
            others = [each for each in CHECKS[finding.check].actions if each not in (action, ERROR)]
            choice = " or ".join(f"{{{finding.check}: {each}}}" for each in others)
            yield Problem(f"checks.{finding.check}", f"{finding.text} To go on all the same: checks: {choice}")
