"""What a command tells of the data: pictures of each stratum and split, what was left out, what is doubtful."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from cnnsearch.cli.search import planned_in_words, tell_search
from cnnsearch.cli.terminal.console import plain, status
from cnnsearch.data.counted import counted
from cnnsearch.data.remarks import remarks
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.words import said_of

__all__ = ["data_as_json", "tell_counts", "tell_remarks", "teller"]

_MOST_ROWS = 20
_MOST_DETAILS = 6


def tell_counts(described: Mapping[str, Any], console: Console) -> None:
    """Pictures of each stratum, as of a class, and split; and the groups that they are in, where some are in any.

    Args:
        described: the section ``dataset`` of ``environment.json``.
        console: where to.
    """
    found = counted(described)
    if not found.splits:
        return
    table = Table(_inputs(described), box=None, pad_edge=False)
    for split in found.splits:
        table.add_column(split, justify="right")
    names = list(found.rows)
    shown = names if len(names) <= _MOST_ROWS else names[: _MOST_ROWS - 1]
    for name in shown:
        table.add_row(plain(name), *(f"{number:,}" for number in found.rows[name]))
    if len(shown) < len(names):
        rest = names[len(shown) :]
        numbers = map(sum, zip(*(found.rows[name] for name in rest), strict=True))
        table.add_row(f"{len(rest):,} more {found.plural}", *(f"{number:,}" for number in numbers))
    table.add_row("all", *(f"{number:,}" for number in found.totals), style="bold")
    if found.groups:
        table.add_row("groups of these", *(f"{number:,}" for number in found.groups))
    console.print(table)


def tell_remarks(described: Mapping[str, Any], test: float, console: Console) -> None:
    """What was left out and what is doubtful, with some of the particulars; arguments as of :func:`tell_counts`."""
    for remark in remarks(described, test):
        console.print(f"data: {said_of(_inputs(described), remark.text)}", markup=False, soft_wrap=True)
        for detail in remark.details[:_MOST_DETAILS]:
            console.print(f"  {detail}", markup=False, soft_wrap=True)
        if len(remark.details) > _MOST_DETAILS:
            console.print(f"  and {len(remark.details) - _MOST_DETAILS:,} more")


def teller(quiet: bool) -> Callable[[Experiment, Mapping[str, Any]], None]:
    """Tells what a sweep found in its data, on standard error; ``quiet`` leaves out the counts."""

    def tell(experiment: Experiment, described: Mapping[str, Any]) -> None:
        if not quiet:
            status.print(f"read: {said_of(_inputs(described), counted(described).text)}", soft_wrap=True)
            tell_counts(described, status)
        tell_remarks(described, experiment.dataset.test, status)
        tell_search(experiment, status)
        if not quiet:
            status.print(f"to do: {planned_in_words(experiment)}", soft_wrap=True)

    return tell


def _inputs(described: Mapping[str, Any]) -> str:
    """What was read, ``pictures`` or ``texts``."""
    return str(described.get("inputs", "pictures"))


def data_as_json(described: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a program."""
    told = ("counts", "groups", "given", "unreadable", "left_out", "findings", "copies", "notes", "altered")
    return {key: described[key] for key in told if key in described}
