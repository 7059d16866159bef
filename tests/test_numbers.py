from __future__ import annotations

import pytest

from cnnsearch.numbers import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (3.44, "3.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (42.4, "42 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (200.4, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (4320, "1 h 12 min"),
        (7559, "2 h 6 min"),
        (3600000, "1,000 h 0 min"),
    ],
)
def test_a_duration_is_rounded_to_what_is_shown_and_never_says_sixty(seconds: float, text: str) -> None:
    assert duration(seconds) == text
