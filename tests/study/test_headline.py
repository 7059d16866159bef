"""One number is the headline of a study, wherever it is told; the others say what they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import call
from synthetic import SyntheticTrial, digits_experiment, write_finalists, write_study

from cnnsearch.cli.studies import print_headline
from cnnsearch.cli.sweeps.outcome import tell
from cnnsearch.report import markdown
from cnnsearch.report.page import render
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.views.comparison.info import comparison_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.headline import Number
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.record.record import Record
from cnnsearch.sweep.outlets.notification import _message

NAME = "mean val_accuracy over 3 fresh seeds"
OTHERS = (
    Number("val_accuracy in the search", 0.8, 360),
    Number("val_accuracy of the model in best/ (run 2)", 0.766, 360),
    Number("accuracy of the model in best/ on the test split", 0.72, 100),
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """The winner has 0.8 in the search, a mean of 0.76, 0.766 in ``best/``, 0.72 on the test split."""
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.85, 0.8)]
    made = write_study(tmp_path / "a", digits_experiment(finalists={"top": 2, "seeds": 3}), trials)
    return write_finalists(made.path, {0: [0.7, 0.7, 0.7], 1: [0.744, 0.77, 0.766]}, test=0.72)


def test_with_finalists_it_is_the_mean_over_fresh_seeds(study: Study) -> None:
    headline = study.headline
    assert headline is not None
    assert (headline.kind, headline.trial, headline.name) == ("finalists", 1, NAME)
    assert headline.value == pytest.approx(0.76)
    assert headline.others == OTHERS
    info = headline_info(study)
    assert info is not None
    verdict = verdict_info(study)
    assert verdict.headline == info
    assert (info.low, info.high) == (verdict.low, verdict.high)
    assert info.low is not None


def test_without_finalists_it_is_the_searchs_and_says_so(tmp_path: Path) -> None:
    one = write_study(tmp_path / "a", trials=[SyntheticTrial("COMPLETED", (0.95,))])
    headline = one.headline
    assert headline is not None
    assert (headline.kind, headline.name, headline.value) == ("search", "val_accuracy in the search", 0.95)
    assert (headline.others, headline.text) == ((), "val_accuracy in the search 0.950 (trial 0)")
    info = headline_info(one)
    assert info is not None
    assert info.lines == ("Best: trial 0, val_accuracy in the search 0.950 (95% interval 0.922 to 0.968)",)
    loss = headline_info(write_study(tmp_path / "b", digits_experiment(objective="val_loss"), 3))
    assert loss is not None
    assert loss.low is not None
    assert loss.high is not None
    assert loss.low < loss.headline.value < loss.high, "of the loss, over pictures"
    stopped = headline_info(write_study(tmp_path / "c", trials=[SyntheticTrial("STOPPED", (0.7,))]))
    assert stopped is not None
    assert stopped.lines[0].endswith(" (stopped: none completed)")
    limited = digits_experiment(limits={"parameters": 5000})
    ends = [("STOPPED", 0.7, 4000), ("COMPLETED", 0.9, 6000)]
    trials = [SyntheticTrial(state, (value,), cost={"parameters": size}) for state, value, size in ends]
    kept = write_study(tmp_path / "e", limited, trials=trials)
    assert kept.headline is not None
    assert kept.headline.early == "stopped: none that completed keeps the limits"
    nothing = write_study(tmp_path / "d", trials=[SyntheticTrial("FAILED")])
    assert (nothing.headline, headline_info(nothing), nothing.summary()["headline"]) == (None, None, None)


def test_a_stopped_trial_that_fresh_seeds_named_was_trained_to_its_end_since(tmp_path: Path) -> None:
    trials = [SyntheticTrial("COMPLETED", (0.85,)), SyntheticTrial("STOPPED", (0.8,))]
    made = write_study(tmp_path / "a", digits_experiment(finalists={"top": 2, "seeds": 2}), trials)
    study = write_finalists(made.path, {0: [0.7, 0.7], 1: [0.8, 0.82]})
    info = headline_info(study)
    assert info is not None
    assert (info.headline.state, "stopped" in info.lines[0]) == ("STOPPED", False)
    assert not any("No trial completed" in caution.text for caution in verdict_info(study).cautions)


def test_every_outlet_tells_the_same(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    told = f"Best: trial 1, {NAME} 0.760 (95% interval "
    named = [f"  {other.name}: {text}" for other, text in zip(OTHERS, ("0.800", "0.766", "0.72"), strict=True)]
    tell(study)
    assert told in (printed := capsys.readouterr().out)
    assert [line for line in printed.splitlines() if line in named] == named
    print_headline(study)
    assert capsys.readouterr().out.splitlines()[1:] == named
    shown = call("show", study.path).splitlines()
    assert [line for line in shown if line.startswith(told) or line in named][1:] == named
    assert any("0.760 (winner)" in line for line in shown)
    assert "0.760" in call("list", "--output", study.path.parent)
    assert f"**0.760** {NAME}".replace("_", r"\_") in markdown([study])
    assert f"{NAME} 0.760 (trial 1)" in repr(study)
    assert f'<p class="verdict">0.760 <small>{NAME} (95% interval ' in render([study])
    assert f"<th>{NAME}</th><td>0.760 (trial 1)</td>" in study._repr_html_()
    message = _message(study, "done", None)
    assert f"{NAME} 0.760 (trial 1)" in message["text"]
    assert message["value"] == pytest.approx(0.76)
    assert f"winner: {NAME} 0.760 (trial 1)" in call("watch", study.path)


def test_what_the_test_split_gave_stands_beside_it_in_every_outlet(tmp_path: Path) -> None:
    made = write_study(tmp_path / "a", trials=[SyntheticTrial("COMPLETED", (value,)) for value in (0.95, 0.9)])
    assert made.headline is not None
    assert made.headline.tested is None
    assert render([made]).count('<p class="verdict') == 1
    read = ReadingLine(trial=0, by="a user", time=2e9, count=360, metrics={"accuracy": 0.85, "loss": 0.4})
    Record(made.store).read_test(read)
    study, name = Study.load(made.path), "accuracy of the model in best/ on the test split"
    assert study.headline is not None
    assert (study.headline.value, study.headline.tested) == (0.95, Number(name, 0.85, 360))
    page = render([study])
    assert '<p class="verdict chosen">0.950 <small>val_accuracy in the search (95% interval' in page
    assert f'<p class="verdict">0.850 <small>{name} (95% interval 0.809 to 0.883)</small></p>' in page
    assert page.count(name) == 1, "once in large is enough"
    one_line = f"val_accuracy in the search 0.950 (trial 0); {name} 0.850"
    assert one_line in repr(study)
    assert one_line in _message(study, "done", None)["text"]
    assert f"winner: {one_line}" in call("watch", study.path)
    assert f"{name.replace('_', chr(92) + '_')} **0.850**" in markdown([study])

    losses = write_study(tmp_path / "b", digits_experiment(objective="val_loss"), 3)
    best = losses.best
    assert best is not None
    Record(losses.store).read_test(replace(read, trial=best.trial))
    headline = Study.load(losses.path).headline
    assert headline is not None
    assert headline.tested is not None
    assert (headline.tested.name, headline.tested.value) == (name.replace("accuracy", "loss"), 0.4)
    assert f"<dt>{name}</dt><dd>0.850</dd>" in render([Study.load(losses.path)])


def test_json_has_every_number_with_its_name(study: Study) -> None:
    (listed,) = json.loads(call("list", "--output", study.path.parent, "--json"))
    shown = json.loads(call("show", study.path, "--json"))
    info = headline_info(study)
    assert info is not None
    assert shown["headline"] == info.to_dict() == {**listed["headline"], "low": info.low, "high": info.high}
    assert listed["headline"] == {
        "name": NAME,
        "kind": "finalists",
        "metric": "val_accuracy",
        "value": pytest.approx(0.76),
        "trial": 1,
        "seeds": 3,
        "run": 2,
        "search_value": 0.8,
        "model_value": 0.766,
        "test": {"accuracy": 0.72, "loss": 0.1, "precision": 0.72, "recall": 0.72, "f1": 0.72, "count": 100},
    }
    assert (shown["best_model"]["trial"], shown["best_model"]["run"], shown["best_model"]["file"]) == (1, 2, None)
    assert "best_model" not in listed


def test_studies_are_compared_by_their_headlines(study: Study, tmp_path: Path) -> None:
    searched = write_study(tmp_path / "b", trials=[SyntheticTrial("COMPLETED", (0.78,))])
    info = comparison_info([study, searched])
    found = [row.headline.headline for row in info.studies if row.headline]
    assert [(one.name, round(one.value, 4)) for one in found] == [(NAME, 0.76), ("val_accuracy in the search", 0.78)]
    assert info.doubts == (
        "Some values are means over fresh seeds, others are the best of a search: those of a search are too good.",
    )
    assert comparison_info([searched, searched]).doubts == ()
