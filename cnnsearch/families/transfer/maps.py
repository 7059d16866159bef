"""Maps of a backbone as layers behind it take them: their names, and what brings one to other sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnsearch.networks.layers import Layer

__all__ = ["fitted", "map_name"]


def map_name(level: int) -> str:
    """By which the layers take the backbone's map of a level."""
    return f"encoder_{level}"


def fitted(
    sides: Sequence[int], wanted: Sequence[int], name: str, block: int, takes: tuple[str, ...] = ()
) -> Iterator[Layer]:
    """What brings a map to the sides of another one: edges are added or cut off, as many on either side.

    Args:
        sides: of the map, height and width.
        wanted: of the other one.
        name: what the names of the layers begin with, and their number, as ``decoder_{}_3``.
        block: of the layers.
        takes: the map's own name; empty: it is what the layer before gives.
    """
    more = tuple(max(0, new - old) for old, new in zip(sides, wanted, strict=True))
    less = tuple(max(0, old - new) for old, new in zip(sides, wanted, strict=True))
    for kind, what, edges in (("ZeroPadding2D", "padding", more), ("Cropping2D", "cropping", less)):
        if any(edges):
            both = tuple((edge // 2, edge - edge // 2) for edge in edges)
            yield Layer(kind, name.format(what), (both,), block=block, takes=takes)
            takes = ()
