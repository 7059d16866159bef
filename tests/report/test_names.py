"""Names beside points: none leaves the axes, none covers another one."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.report.drawing.names import _box, _inside, _overlap, places_of_names

shares = st.floats(0, 1)


@given(st.lists(st.tuples(st.text("ab-", min_size=1, max_size=60), shares, shares), min_size=1, max_size=8))
def test_no_name_covers_another_one(points: list[tuple[str, float, float]]) -> None:
    names, x, y = zip(*points, strict=True)
    places = places_of_names(names, x, y, range(len(names)))
    boxes = [
        _box(name, (270 * across, 215 * up), place)
        for name, across, up, place in zip(names, x, y, places, strict=True)
        if place is not None
    ]
    assert all(map(_inside, boxes))
    assert not any(_overlap(one, other) for one, other in combinations(boxes, 2))


def test_the_first_ones_get_the_room() -> None:
    assert places_of_names(["x" * 35, "y" * 35], [0.5, 0.5], [0.5, 0.5], [1, 0]) == ["bottom center", "top center"]
    assert places_of_names(["a"], [0.5], [1.0], [0]) == ["bottom center"]
    assert places_of_names(["x" * 46], [0.5], [0.5], [0]) == [None]
    crowded = places_of_names(["y" * 35] * 3, [0.5] * 3, [0.5] * 3, [2, 1, 0])
    assert crowded == [None, "bottom center", "top center"]
