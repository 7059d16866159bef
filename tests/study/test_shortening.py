"""What a study says of what its minutes left no time for, and how it goes on with the file that it began with."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from sessions import begin_session
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.experiment.changes import nested_problems
from cnnsearch.report.statistics.next_step import next_step
from cnnsearch.study import Study
from cnnsearch.study.progress.shortening import Shortening, shortened_as, shortened_in_words
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.data import warn
from cnnsearch.sweep.resumption import Resumption

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


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"finalists": {"top": 3, "seeds": 4}, "final": "refit"}, {"finalists": {"top": 2, "seeds": 3}}),
        ({"finalists": {"top": 3, "seeds": 4}, "final": "refit"}, {"finalists": None, "final": "keep"}),
        ({"finalists": {"top": 3, "seeds": 4}, "final": "ensemble", "ensemble": 3}, {"ensemble": 2}),
        ({"finalists": {"top": 3, "seeds": 4}, "final": "refit", "ensemble": 3}, {"finalists": None, "final": "keep"}),
        ({"finalists": {"top": 3, "seeds": 4}, "final": "ensemble"}, {"finalists": None, "final": "keep"}),
    ],
    ids=["fewer", "none", "members", "no refits", "no ensemble"],
)
def test_more_minutes_are_for_all_that_was_asked_for(
    tmp_path: Path, asked: dict[str, Any], given: dict[str, Any]
) -> None:
    file = digits_experiment(**{"budget": {"minutes": 5, "all": True}, **asked})
    done = file.model_copy(update=dict(file.updated({**given, "ensemble": given.get("ensemble")})))
    write_study(tmp_path, done, [SyntheticTrial("COMPLETED", (0.9,))])
    store = LocalStore(tmp_path)
    left_out = 20.0 if done.final != file.final else None
    fewer = (file.ensemble, done.ensemble or 0) if done.ensemble != file.ensemble else None
    Shortening(file.finalists, done.finalists, 9.0, left_out, file.final, fewer).write(store)
    study = Study.load(tmp_path)
    more = "Give it more minutes: there was too little time for all that was to follow the search: cnnsearch resume x "
    assert next_step(study).text("x").startswith(more) is (done.finalists is None), "those that there are come first"
    with_order(tmp_path)
    study = Study.load(tmp_path)
    found = Resumption.of(study).within(None, 9.0, None).experiment
    assert (found.finalists, found.final, found.ensemble) == (file.finalists, file.final, file.ensemble)
    assert Resumption.of(study).within(None, None, None).experiment == study.experiment
    own = study.experiment.updated({"finalists": {"top": 5, "seeds": 2}, "final": "refit", "ensemble": None})
    changed = Resumption.of(study, own).within(None, 9.0, None).experiment
    assert changed.finalists == own.finalists, "what is asked for now"
    begin_session(study, found, {"dataset": study.environment["dataset"], "startup": {"began": 9e9}}, warn)
    assert shortened_in_words(Study.load(tmp_path).environment) is None, "whether there is time now shows later"


def with_order(study: Path) -> None:
    """As studies are written: their lines are numbered."""
    events = itertools.count()
    for path in (study / "curves.jsonl", study / "trials.jsonl"):
        lines = [json.dumps({**json.loads(line), "event": next(events)}) for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
