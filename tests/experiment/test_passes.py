"""How often an epoch goes through the training pictures."""

from __future__ import annotations

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_in_words, with_passes

EXPERIMENT = Experiment(name="x", space={"units": 2})


@pytest.mark.parametrize(("pictures", "passes"), [(1, 2000), (420, 5), (1000, 2), (1648, 2), (2000, 1), (60_000, 1)])
def test_auto_sees_two_thousand_pictures_at_least(pictures: int, passes: int) -> None:
    auto = EXPERIMENT.updated({"passes": "auto"})
    assert with_passes(auto, pictures).passes == passes


def test_what_was_written_stays() -> None:
    given = EXPERIMENT.updated({"passes": 3})
    assert with_passes(given, 10).passes == 3
    assert passes_in_words(given) == "an epoch is 3 passes over the training pictures"
    auto = passes_in_words(EXPERIMENT.updated({"passes": "auto"}))
    assert auto == "an epoch is as many passes over the training pictures as see 2,000 of them"
    assert EXPERIMENT.passes == 1
    assert passes_in_words(EXPERIMENT) == ""


@pytest.mark.parametrize("passes", [0, -1, 1.5, "often", True])
def test_what_is_no_number_of_passes_is_refused(passes: object) -> None:
    with pytest.raises(InputError) as caught:
        Experiment(name="x", space={"units": 2}, passes=passes)
    (problem,) = caught.value.problems
    assert str(problem).startswith("passes: must be a whole number from 1 to 10,000, or auto (got ")
