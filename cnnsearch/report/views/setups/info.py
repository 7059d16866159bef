"""In what the experiments of several studies differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import ABSENT

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["SetupRow", "SetupsInfo", "setups_info"]


@dataclass(frozen=True)
class SetupRow:
    """One key of the experiment file, as ``space.dropout``, and its value in each study, as text."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class SetupsInfo:
    """The keys whose values differ between the studies, in order of the file; the name is none of them."""

    names: tuple[str, ...]
    rows: tuple[SetupRow, ...]


def setups_info(studies: Sequence[Study]) -> SetupsInfo:
    flat = [dict(_flat(study.experiment.without_secrets().to_dict())) for study in studies]
    sections = list(dict.fromkeys(key.split(".")[0] for setup in flat for key in setup))
    keys = sorted(dict.fromkeys(key for setup in flat for key in setup), key=lambda k: sections.index(k.split(".")[0]))
    rows = [SetupRow(key, tuple(setup.get(key, ABSENT) for setup in flat)) for key in keys if key != "name"]
    return SetupsInfo(tuple(study.name for study in studies), tuple(row for row in rows if len(set(row.values)) > 1))


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        # A parameter of the space is one thing, however many keys describe it.
        if isinstance(item, Mapping) and item and prefix != "space.":
            yield from _flat(item, f"{prefix}{name}.")
        elif item is not None and not (name == "start" and _is_of_the_space(item)):
            # null is as if it were not there, as keys are that others have set
            yield f"{prefix}{name}", _said(item).removeprefix("{").removesuffix("}")


def _is_of_the_space(start: Any) -> bool:
    """Whether all configs to start with come of the space, whose keys are told."""
    return isinstance(start, list) and all(one.get("origin") == "recommended" for one in start)


def _said(value: Any) -> str:
    """As an experiment file writes it, in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_said(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
