from __future__ import annotations

from cnnsearch.study.store.segments import Segment, segments_among


def names(*segments: Segment) -> list[str]:
    return [f"trials/{segment.name}" for segment in segments]


A, B, C = (Segment(number, number, "ab12") for number in range(3))


def test_names_tell_everything() -> None:
    assert A.name == "000000.ab12.jsonl"
    assert Segment(3, 1_234_567, "ab").name == "000003-1234567.ab.jsonl"
    many = [Segment(7, 7, "0f"), Segment(8, 1_000_000, "0f"), Segment(1_000_001, 1_000_001, "0f")]
    assert segments_among(names(*many)) == many


def test_they_come_in_the_order_of_their_numbers() -> None:
    assert segments_among(names(C, A, B)) == [A, B, C]


def test_what_a_merged_one_covers_does_not_count() -> None:
    merged = Segment(0, 1, "ab12")
    assert segments_among(names(A, B, C, merged)) == [merged, C]
    larger = Segment(0, 2, "cd34")
    assert segments_among(names(A, B, C, merged, larger)) == [larger]


def test_writers_that_used_the_same_number_both_count() -> None:
    """One had lost its hold on the study and did not know yet."""
    other = Segment(1, 1, "cd34")
    assert segments_among(names(A, B, other)) == [A, B, other]


def test_other_objects_are_none() -> None:
    assert segments_among(["trials/", "trials/000001.jsonl.tmp", "trials/x.ab12.jsonl", "trials/1.ab12.jsonl"]) == []
