"""A table of named things that a user may write in an experiment file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.space import shown

__all__ = ["Table"]

Entry = TypeVar("Entry")


class Table(Mapping[str, Entry], Generic[Entry]):
    """Name -> entry. Rejects a name twice, and answers an unknown name with the nearest valid one.

    Args:
        what: what the entries are, for messages: ``sampler``, ``model family``.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, entry: Entry) -> Entry:
        """Register ``entry``.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries:
            raise ValueError(f"{self.what} '{name}' is registered twice")
        self._entries[name] = entry
        return entry

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, name: object, where: str) -> Entry:
        """The entry of that name.

        Raises:
            InputError: there is none; says where the name stands and which are valid.
        """
        if not isinstance(name, str) or name not in self._entries:
            raise InputError(Problem(where, f"unknown {self.what}; {nearest(name, self._entries)}", shown(name)))
        return self._entries[name]
