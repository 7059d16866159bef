from __future__ import annotations

import pytest

from cnnsearch.numbers import ABSENT, digits_of, duration, percent, plural, score, setting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.000359, "0.36 ms"),
        (0.04, "40 ms"),
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


@pytest.mark.parametrize(("pictures", "digits"), [(0, 4), (1, 2), (100, 2), (101, 3), (10_000, 3), (10_001, 4)])
def test_so_many_pictures_bear_so_many_digits(pictures: int, digits: int) -> None:
    assert digits_of(pictures) == digits


@pytest.mark.parametrize(
    ("value", "pictures", "text"),
    [
        (0.7312, 100, "0.73"),
        (0.7312, 360, "0.731"),
        (0.7312, 0, "0.7312"),
        (1.0, 100, "1.0"),
        (0.9967, 100, "0.997"),  # a mean over seeds, of which one was wrong in one picture
        (12.3456, 100, "12"),
        (9.96, 100, "10"),
        (5.8434201677640285, 360, "5.84"),
        (0.0832, 360, "0.0832"),
        (None, 360, "–"),
    ],
)
def test_a_score_has_the_digits_that_its_pictures_bear(value: float | None, pictures: int, text: str) -> None:
    assert score(value, pictures) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.019e-06, "1.019e-6"),
        (1e-6, "1e-6"),
        (5.8434201677640285, "5.843"),
        (0.00123456, "0.001235"),
        (12345.6, "12346"),
    ],
)
def test_a_setting_is_said_without_what_only_programs_write(value: float, text: str) -> None:
    assert setting(value) == text


@pytest.mark.parametrize(
    ("share", "pictures", "text"),
    [
        (0.957, 70, "96%"),
        (0.957, 101, "95.7%"),
        (0.957, 20_000, "95.70%"),
        (1.0, 70, "100%"),
        (0.9999, 70, "99.99%"),
        (0.0, 70, "0%"),
        (0.0004, 1000, "<0.1%"),
        (None, 0, ABSENT),
    ],
)
def test_a_percentage_has_the_digits_that_its_pictures_bear(share: float | None, pictures: int, text: str) -> None:
    assert percent(share, pictures) == text


def test_one_is_singular_and_none_is_plural() -> None:
    told = [plural(number, "trial") for number in (0, 1, 2, 1234)]
    assert told == ["0 trials", "1 trial", "2 trials", "1,234 trials"]
