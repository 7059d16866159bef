"""The benchmark of proposals: what is told of what was measured."""

from __future__ import annotations

from benchmarks.parts.proposals import PROPOSALS


def test_each_proposal_and_each_end_is_timed() -> None:
    figures = PROPOSALS.measure(1, True)
    assert figures["sampler"]["name"] == "auto"
    assert [(each["trials"], len(each["ask"]), len(each["tell"])) for each in figures["moments"]] == [
        (30, 30, 30),
        (60, 50, 50),
    ]


def test_the_table_tells_the_median_and_the_slowest_in_milliseconds() -> None:
    moments = [{"trials": 100, "ask": [0.001, 0.002, 0.009], "tell": [0.0001] * 3}]
    page = PROPOSALS.render({"sampler": {"name": "auto"}, "parameters": 8, "moments": moments})
    assert "| 100 | 2.0 | 9.0 | 0.1 | 0.1 |" in page
    assert "| ms for a proposal after 100 trials | at most 30 | 2.0 (1.0 to 9.0) | yes |" in page
