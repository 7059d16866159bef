"""``cnnsearch list``: the studies of a folder, with those that cannot be read and those that were only begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rich.table import Table
from rich.text import Text

from cnnsearch.cli.studies import AsJson, Output
from cnnsearch.cli.terminal.console import out, plain, print_json
from cnnsearch.errors import CnnsearchError, StorageError
from cnnsearch.report.numbers import size
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import cut_short
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, beginnings_in, studies_in
from cnnsearch.study.hold import Life, life_of
from cnnsearch.study.store import Store

__all__ = ["BEGUN", "list_studies"]

BEGUN = "begun, nothing written"
"""Of a study whose driver was killed, or has not come further."""

_SWEEPS = {"none": "", "running": "runs", "dead": "died", "unknown": "unknown"}
"""Whether the sweep of a study runs, in a word."""

Told = TypeVar("Told")


def list_studies(output: Output = DEFAULT_OUTPUT, as_json: AsJson = False) -> None:
    """List the studies, oldest first: whether a sweep runs, and how much room each takes.

    One that cannot be read is listed with the reason, and the others all the same.
    """
    stores, begun = studies_in(output), beginnings_in(output)
    if as_json:
        listed = [(store, _told(store, _as_json)) for store in stores]
        told = [_bad_as_json(store, one) if isinstance(one, str) else one for store, one in listed]
        print_json(told + [{**_bad_as_json(store, BEGUN), "bytes": store.size()} for store in begun])
        return
    if not stores and not begun:
        out.print(f"no studies in {output}", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("study", no_wrap=True)
    for column in ("name", "started", "trials", "objective", "best", "of", "size", "sweep"):
        table.add_column(column, no_wrap=column == "best", overflow="fold")
    problems: list[str] = []
    for store in stores:
        row = _told(store, _as_row)
        if isinstance(row, str):
            problems.append(row)
            row = [Text("cannot be read", style="red")]
        table.add_row(plain(store.name), *row)
    for store in begun:
        table.add_row(plain(store.name), *[""] * 5, BEGUN, size(store.size()), _SWEEPS[_life(store).state])
    out.print(table)
    for problem in problems:
        out.print(problem, markup=False, soft_wrap=True)


def _told(store: Store, tell: Callable[[Study], Told]) -> Told | str:
    """What there is to tell of one study of many; or, in words, why it cannot be read."""
    try:
        return tell(Study.load(store))
    except CnnsearchError as error:
        return str(error)


def _as_json(study: Study) -> dict[str, Any]:
    life = _life(study.store)
    held = {"bytes": study.store.size(), **life.to_dict(), "cut_short": _cut_short(study, life)}
    return {"name": study.name, **study.summary(brief=True), **held}


def _bad_as_json(store: Store, problem: str) -> dict[str, Any]:
    return {"name": None, "study": store.location, "problem": problem, **_life(store).to_dict()}


def _as_row(study: Study) -> list[str | Text]:
    best, life = study.headline, _life(study.store)
    return [
        plain(study.name),
        str(study.environment.get("started", "")).replace("T", " ")[:16],
        str(sum(study.counts.values())),
        ", ".join(study.experiment.objective.names),
        best.said if best else study.so_far.said if study.so_far else "-",
        best.basis.removeprefix("the ") if best else "so far" if study.so_far else "",
        size(study.store.size()),
        _SWEEPS[life.state] or ("cut short" if _cut_short(study, life) else ""),
    ]


def _cut_short(study: Study, life: Life) -> str | None:
    return None if life.may_run else cut_short(study)


def _life(store: Store) -> Life:
    """Of one study among others, whose list is not to end by what is no file in one of them."""
    try:
        return life_of(store)
    except StorageError:
        return Life("unknown")
