from __future__ import annotations

import pytest

from cnnsearch.report import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.975, "0.9750"),
        (1.0, "1.000"),
        (12345.0, "12,345"),
        (1234.4, "1,234"),
        (0.0, "0.000"),
        (1.2345678e-05, "1.235e-5"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_significant_has_always_four_digits(value: float | None, text: str) -> None:
    assert numbers.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 KB"),
        (512, "512 bytes"),
        (92345, "92.3 KB"),
        (999499, "999 KB"),
        (999500, "1 MB"),
        (1240000, "1.24 MB"),
        (999400000, "999 MB"),
        (2500000000, "2,500 MB"),
        (None, "–"),
    ],
)
def test_size_changes_its_unit_without_a_gap(value: float | None, text: str) -> None:
    assert numbers.size(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3.44, "3.4 s"),
        (4320, "1 h 12 min"),
        (None, "–"),
    ],
)
def test_a_duration_may_be_absent(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00125, "1.25 ms"), (0.0123456, "12.3 ms"), (0.999, "999 ms"), (1.5, "1.50 s"), (None, "–")]
)
def test_milliseconds(seconds: float | None, text: str) -> None:
    assert numbers.milliseconds(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (64, "64"),
        (123456, "123456"),
        (0.00123456, "0.001235"),
        ("adam", "adam"),
        ((8, 16), "[8, 16]"),
        ([[True], 0.5], "[[true], 0.5]"),
    ],
)
def test_setting_is_written_as_in_an_experiment_file(value: object, text: str) -> None:
    assert numbers.setting(value) == text


def test_count_and_percent() -> None:
    assert [numbers.count(1234567), numbers.count(None)] == ["1,234,567", "–"]
    assert [numbers.percent(0.9723), numbers.percent(None)] == ["97.2%", "–"]
