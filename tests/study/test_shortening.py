"""What a study says of what its minutes left no time for, and how it goes on with the file that it began with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from synthetic import digits_experiment

from cnnsearch.experiment.changes import nested_problems
from cnnsearch.study.progress.shortening import Shortening, shortened_as
from cnnsearch.study.store import LocalStore

ASKED: dict[str, Any] = {
    "finalists": {"top": 3, "seeds": 4},
    "final": "refit",
    "budget": {"minutes": 5, "all": True},
    "evaluation": {"outer": 3},
}


@pytest.mark.parametrize("given", [{"top": 2, "seeds": 3}, None], ids=["fewer", "none"])
@pytest.mark.parametrize("final", ["refit", "keep"])
def test_the_same_file_goes_on_with_the_study(tmp_path: Path, given: dict[str, int] | None, final: str) -> None:
    file = digits_experiment(**ASKED)
    done = file.updated({"finalists": given, "final": final})
    store = LocalStore(tmp_path)
    store.write_json("environment.json", {})
    Shortening(file.finalists, done.finalists, 9.0, 20.0 if final == "keep" else None).write(store)
    environment = store.read_json("environment.json")
    assert nested_problems(done, file), "the record has less than the file"
    assert shortened_as(file, done, environment) == done
    longer = file.updated({"budget.minutes": 9})
    assert shortened_as(longer, done, environment) == longer, "who has more time asks for all of it"
    other = file.updated({"finalists": {"top": 4, "seeds": 4}})
    assert shortened_as(other, done, environment).finalists == other.finalists
    assert shortened_as(file, file, {}) is file
