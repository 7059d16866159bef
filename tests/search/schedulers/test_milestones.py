from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.search.schedulers import SCHEDULERS, milestones


@pytest.mark.parametrize(
    ("name", "options", "epochs", "expected"),
    [
        ("none", {}, 20, ()),
        ("asha", {}, 20, (2, 6, 18)),
        ("asha", {}, 18, (2, 6)),
        ("asha", {"grace_epochs": 1, "reduction": 2}, 9, (1, 2, 4, 8)),
        ("asha", {"grace_epochs": 20}, 20, ()),
        ("hyperband", {"grace_epochs": 1, "brackets": 2}, 27, (1, 3, 9)),
        ("median", {"grace_epochs": 3}, 6, (3, 4, 5)),
        ("median", {}, 2, (1,)),
        ("asha", {}, 52, (6, 18)),
        ("asha", {}, 4, (1, 3)),
        ("asha", {"grace_epochs": 2}, 52, (2, 6, 18)),
        ("pbt", {"interval": 4}, 12, (4, 8)),
        ("pbt", {}, 20, (2, 4, 6, 8, 10, 12, 14, 16, 18)),
    ],
)
def test_milestones(name: str, options: dict[str, Any], epochs: int, expected: tuple[int, ...]) -> None:
    assert milestones(name, options, epochs) == expected


@given(st.sampled_from(list(SCHEDULERS)), st.integers(1, 30), st.integers(2, 16), st.integers(1, 100))
def test_milestones_ascend_between_the_grace_and_the_end(name: str, grace: int, reduction: int, epochs: int) -> None:
    given_options = {"grace_epochs": grace, "reduction": reduction}
    options = {key: value for key, value in given_options.items() if key in SCHEDULERS[name].options}
    found = milestones(name, options, epochs)
    assert list(found) == sorted(set(found))
    assert all((grace if "grace_epochs" in options else 1) <= epoch < epochs for epoch in found)
