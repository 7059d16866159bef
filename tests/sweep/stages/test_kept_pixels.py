from __future__ import annotations

from typing import Any

from cnnsearch.sweep.stages.kept_pixels import KeptPixels, Told


class Computed:
    """Pictures of 100 bytes a side; each computation takes a second and has a number."""

    def __init__(self, budget: int, ends: bool = True, on_disk: bool = False, is_found: bool = False) -> None:
        self.count = 0
        self.on_disk = on_disk
        self.is_found = is_found
        self.kept = KeptPixels(budget, lambda told: told if ends else None)

    def take(self, side: int | None) -> Any:
        return self.kept.take(None if side is None else (side, side), lambda: self._start(side or 1))

    def _start(self, side: int) -> tuple[str, Told]:
        self.count += 1
        return f"{side}#{self.count}", Told(100 * side, 1.0, 0 if self.on_disk else 100 * side, self.is_found)

    @property
    def uses(self) -> list[tuple[str, int, float, int, int]]:
        return [(use.name, use.bytes, use.seconds, use.computed, use.asked) for use in self.kept.uses]


def test_a_size_is_computed_once() -> None:
    pixels = Computed(1000)
    assert [pixels.take(side) for side in (1, 2, 1, 2, None)] == ["1#1", "2#2", "1#1", "2#2", "1#3"]
    assert pixels.uses == [("1x1", 100, 1.0, 1, 2), ("2x2", 200, 1.0, 1, 2), ("own size", 100, 1.0, 1, 1)]


def test_what_was_used_least_recently_goes_and_is_computed_again() -> None:
    pixels = Computed(500)
    taken = [pixels.take(side) for side in (1, 2, 1, 3, 1, 2)]  # 3 takes the room of 2, and 2 then that of 3
    assert taken == ["1#1", "2#2", "1#1", "3#3", "1#1", "2#4"]
    assert pixels.kept.kept((3, 3)) is None
    assert (pixels.kept.kept((1, 1)), pixels.kept.kept((2, 2))) == ("1#1", "2#4")
    assert pixels.uses == [("1x1", 100, 1.0, 1, 3), ("2x2", 200, 2.0, 2, 2), ("3x3", 300, 1.0, 1, 1)]


def test_what_was_asked_for_last_stays_however_large_it_is() -> None:
    pixels = Computed(150)
    assert [pixels.take(side) for side in (9, 9, 1, 9)] == ["9#1", "9#1", "1#2", "9#3"]


def test_what_is_being_computed_counts_when_it_is_known() -> None:
    pixels = Computed(10, ends=False)
    assert [pixels.take(side) for side in (1, 2, 1, 2)] == ["1#1", "2#2", "1#1", "2#2"]
    assert pixels.uses == [("1x1", 0, 0.0, 1, 2), ("2x2", 0, 0.0, 1, 2)]


def test_what_is_on_disk_takes_no_memory_and_stays() -> None:
    pixels = Computed(300, on_disk=True)
    assert [pixels.take(side) for side in (1, 2, 3, 1)] == ["1#1", "2#2", "3#3", "1#1"]
    assert pixels.uses == [("1x1", 100, 1.0, 1, 2), ("2x2", 200, 1.0, 1, 1), ("3x3", 300, 1.0, 1, 1)]


def test_what_an_earlier_run_had_computed_was_not_computed() -> None:
    pixels = Computed(300, on_disk=True, is_found=True)
    assert [pixels.take(side) for side in (1, 1)] == ["1#1", "1#1"]
    assert pixels.uses == [("1x1", 100, 1.0, 0, 2)]
