"""Private parts of libraries: what a test says when a new version has moved one of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

__all__ = ["Part", "check"]


class Part(NamedTuple):
    """Something in a library that its documentation does not promise.

    Attributes:
        what: its name there.
        is_known: whether it behaves as we rely on; it may raise anything.
        needed: what of ours needs it, and what would go wrong without.
    """

    what: str
    is_known: Callable[[], object]
    needed: str


def check(library: str, file: str, part: Part) -> None:
    """Whether the installed version has the part as we know it.

    Args:
        library: as pip names it.
        file: of ours, the only one that touches the part.
        part: what is looked at.

    Raises:
        AssertionError: it has not; says what to do.
    """
    try:
        is_known, why = bool(part.is_known()), ""
    except Exception as error:  # noqa: BLE001 - whatever a part that has moved makes this raise
        is_known, why = False, f" ({type(error).__name__}: {error})"
    if not is_known:
        raise AssertionError(
            f"{library} {version(library)} has changed inside: {part.what} is not what it was{why}. Needed for: "
            f"{part.needed}. Find what takes its place and change cnnsearch/{file}, the only file that touches it; "
            f"or keep {library} below this version in pyproject.toml and constraints.txt"
        )
