"""The pictures on which the best model was most wrong, as a sweep keeps them in ``best/mistakes/``."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired

from pydantic import TypeAdapter

from cnnsearch.errors import StorageError
from cnnsearch.study.folder.mistakes import looked_at
from cnnsearch.study.record.documents import read_document
from cnnsearch.study.record.schema import Index, MaybeIndex, Open, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.store import Store

__all__ = ["KeptMistakes", "Listed", "address_of", "kept_mistakes"]

_MOST_BYTES = 100_000
"""Of one picture file; they are of at most 128 x 128 pixels."""


class Listed(Open):
    """What is said of a picture, whatever the task; the task's own says the rest."""

    file: Text
    picture: Text
    text: NotRequired[Text]


class _Whose(Open, total=False):
    run: MaybeIndex


class _Document(_Whose):
    trial: Index
    wrong: Index
    mistakes: list[Listed]


_DOCUMENT: TypeAdapter[Any] = TypeAdapter(_Document)
"""Of ``mistakes.json``."""


@dataclass(frozen=True)
class KeptMistakes:
    """The worst mistakes.

    Attributes:
        trial: whose they are.
        pictures: each as a ``data:`` address of a PNG file, of a text nothing, with what the task says of it; the worst
            first.
        looked: of each picture where the network looked, as such an address, to be laid over it; or empty.
        wrong: number of all validation pictures on which it was wrong.
        missing: why there are none to show; ``None`` where there are.
    """

    trial: int | None
    pictures: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    looked: tuple[str, ...] = ()
    wrong: int = 0
    missing: str | None = None


def kept_mistakes(
    study: Study, entry: TypeAdapter[Any], what: str = "mistakes", kind: str = "mistakes"
) -> KeptMistakes:
    """Those of the best model.

    Args:
        study: of which they are.
        entry: what the task says of one picture, a :class:`Listed`.
        what: the task calls them.
        kind: name of their folder in ``best/``, and of the document in it.
    """
    folder = f"best/{kind}"
    try:
        listed = read_document(study.store, f"{folder}/{kind}.json", _DOCUMENT)
        told = [entry.validate_python(one) for one in listed["mistakes"]]
        pictures = tuple((_source(study.store, folder, one), one) for one in told)
        looked = tuple(_looked(study.store, folder, one) for one in told)
    except FileNotFoundError:
        return KeptMistakes(None, missing=f"the sweep kept no pictures of {what}")
    except (StorageError, ValueError) as error:
        return KeptMistakes(None, missing=f"the pictures of {what} cannot be read ({type(error).__name__})")
    trial, best = listed["trial"], study.best
    run = listed.get("run", best.run if best else None)  # older ones do not tell
    if best is not None and (trial, run) != (best.trial, best.run):
        return KeptMistakes(None, missing=f"the pictures of {what} are of another model, one of trial {trial}")
    if not pictures:
        return KeptMistakes(trial, missing=f"trial {trial} has no {what} on the validation pictures")
    return KeptMistakes(trial, pictures, looked, listed["wrong"])


def _source(store: Store, folder: str, one: Mapping[str, Any]) -> str:
    """The picture of an entry; of a text there is none."""
    return "" if "text" in one else address_of(store, f"{folder}/{one['file'].replace('/', '')}")


def _looked(store: Store, folder: str, one: Mapping[str, Any]) -> str:
    name = looked_at(one["file"].replace("/", ""), folder)
    return address_of(store, name) if store.exists(name) else ""


def address_of(store: Store, name: str) -> str:
    """A small PNG file of a study as a ``data:`` address.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it is something else.
    """
    content = store.read(name)
    if not content.startswith(b"\x89PNG") or len(content) > _MOST_BYTES:
        raise ValueError("not a small PNG file")
    return "data:image/png;base64," + base64.b64encode(content).decode()
