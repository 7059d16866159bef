"""Several labels in one cell, as a source brings them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cnnsearch.data.label_columns import SHOWN
from cnnsearch.data.labels import one_form
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.errors import InputError, Problem

__all__ = ["listed"]


def listed(labels: RawLabels) -> tuple[list[list[str]], tuple[str, ...]]:
    """The labels of each picture, of cells with a separator; an empty cell has none.

    Returns:
        Names of each picture's labels, and a sentence for each of what must be told of them.

    Raises:
        InputError: a name between two separators is empty, or stands twice in a cell.
    """
    cells = [str(cell) for _, array in labels.parts for cell in array]
    separator = labels.separator or ""
    found = [[name.strip() for name in cell.split(separator)] if cell.strip() else [] for cell in cells]
    spelled: dict[str, Counter[str]] = {}
    for name in (name for names in found for name in names):
        spelled.setdefault(one_form(name), Counter())[name] += 1
    # A name that comes in one form only keeps it.
    forms = {name: form if len(of) > 1 else name for form, of in spelled.items() for name in of}
    rows = [[forms[name] for name in names] for names in found]
    _check_cells(labels, cells, rows)
    return rows, (*_separator_notes(separator, rows), *_form_notes(spelled))


def _check_cells(labels: RawLabels, cells: list[str], rows: list[list[str]]) -> None:
    problems: list[Problem] = []
    for index, (cell, names) in enumerate(zip(cells, rows, strict=True)):
        twice = [name for name, count in Counter(names).items() if count > 1 and name]
        if "" in names:
            problems.append(labels.problem(index, f"has an empty label beside a '{labels.separator}'", cell))
        elif twice:
            problems.append(labels.problem(index, f"has the label '{twice[0]}' twice", cell))
    if problems:
        raise InputError(problems[:SHOWN])


def _separator_notes(separator: str, rows: list[list[str]]) -> Iterable[str]:
    if all(len(names) <= 1 for names in rows):
        yield f"no picture has two labels: dataset.label_separator '{separator}' stands in none of the cells"


def _form_notes(spelled: dict[str, Counter[str]]) -> Iterable[str]:
    for form, of in spelled.items():
        if len(of) > 1:
            yield (
                f"label '{form}' is spelled in {len(of)} Unicode forms that look alike, and is one label: "
                + " and ".join(ascii(name) for name in of)
            )
