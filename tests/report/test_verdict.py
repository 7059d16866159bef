"""The verdict, its ties and its cautions, on studies whose answers are known."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_finalists, write_study

from cnnsearch.cli.studies import print_verdict
from cnnsearch.experiment import Experiment
from cnnsearch.report.statistics.best_so_far import best_so_far
from cnnsearch.report.statistics.cautions import Caution
from cnnsearch.report.statistics.ties import Tie, TiesInfo, ties_info
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.verdict.info import Cost, RunnerUp, VerdictInfo, verdict_info
from cnnsearch.study import Study
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.record.sessions import with_end

Write = Callable[..., Study]


def completed(*accuracies: float) -> list[SyntheticTrial]:
    return [SyntheticTrial("COMPLETED", (accuracy,)) for accuracy in accuracies]


def said(info: VerdictInfo) -> dict[str, str]:
    return {answer.about: answer.text for answer in info.answers}


def texts(study: Study) -> list[str]:
    return [caution.text for caution in verdict_info(study).cautions]


def finalists(written: Write, values: dict[int, list[Any]], test: float | None = None, **keys: Any) -> Study:
    seeds = max(map(len, values.values()))
    study = written(completed(0.97, 0.96), finalists={"top": 2, "seeds": seeds}, **keys)
    return write_finalists(study.path, values, test=test)


def test_a_search_without_finalists(five: Study) -> None:
    info = verdict_info(five)
    interval = wilson(0.95, 360)
    assert (info.basis, info.trial, info.state, info.run, info.seed) == ("search", 3, "COMPLETED", None, 1003)
    assert (info.value, info.low, info.high, info.pictures) == (0.95, interval.low, interval.high, 360)
    assert info.runner_up == RunnerUp(0, 0.9, pytest.approx(0.05), None)
    assert (info.tied, info.compared, info.shrinkage, info.test) == ((), 1, None, None)
    assert info.cost == Cost(45.0, 18.0, pytest.approx(0.9 * 16.0), 4, 0)
    assert said(info) == {
        "Use": "Trial 3: the best val_accuracy of the search. Its model is in best/.",
        "Expect": "On new pictures somewhat worse than accuracy 0.950 (95% interval 0.922 to 0.968): the best of many "
        "is too good, and one training each says nothing of other seeds.",
        "As good": "None: it is better than the other completed trial, by 0.050, which is more than chance by "
        "360 pictures.",
        "Data": "1,800 pictures of 10 classes: 1,080 train, 360 validation, 360 test.",
        "Next": "Go on with what was cut short (1 trial): cnnsearch resume 'digits cnn'",
    }


def test_finalists_name_the_winner(written: Write) -> None:
    study = finalists(written, {0: [0.91, 0.89, 0.90], 1: [0.94, 0.96, 0.95]}, test=0.92)
    info = verdict_info(study)
    assert (info.basis, info.trial, info.run, info.value) == ("finalists", 1, 2, pytest.approx(0.95))
    assert (info.tied, info.compared) == ((), 1)
    assert info.runner_up is not None
    assert (info.runner_up.trial, info.runner_up.gap) == (0, pytest.approx(0.05))
    assert info.shrinkage == pytest.approx(0.01)
    assert info.test is not None
    assert (info.test.value, info.test.pictures) == (0.92, 100)
    assert (info.cost.runs, info.cost.worker_seconds) == (6, 4.0 + 30.0)
    answers = said(info)
    assert answers["Use"] == (
        "Trial 1: the best mean val_accuracy over 3 fresh seeds. Its run 2, the median one, is in best/."
    )
    assert answers["Expect"] == (
        "On new pictures accuracy 0.92 (95% interval 0.85 to 0.96): what its model gave on the 100 test pictures."
    )
    assert answers["As good"] == (
        "None: it is better than the other finalist, by 0.050, which is more than chance with 3 seeds."
    )
    assert answers["Next"] == "Search on, 2 trials are few: cnnsearch resume 'digits cnn' --trials 40"


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"budget": {"minutes": 1}}, ": cnnsearch resume 'digits cnn' --minutes N"),
        ({"budget": {"minutes": 1, "trials": 50}}, ": cnnsearch resume 'digits cnn' --trials 50 --minutes N"),
        (
            {"stop": {"target": 0.9}},
            ", with another stop.target in a copy of its experiment.yaml: cnnsearch resume 'digits cnn' --file COPY "
            "--trials 40",
        ),
    ],
)
def test_what_is_recommended_can_be_done(written: Write, keys: dict[str, Any], what: str) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.7, 0.7]}, **keys)
    assert said(verdict_info(study))["Next"] == f"Search on, 2 trials are few{what}"


def test_no_more_trials_are_recommended_where_there_are_no_other_configs(written: Write) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.7, 0.7]})
    study.store.write_json("environment.json", with_end(study.environment, 2.0, exhausted=0))
    assert not said(verdict_info(Study.load(study.path)))["Next"].startswith("Search on")


def test_where_the_minutes_ended_before_a_trial_had_more_of_them_are_recommended(written: Write) -> None:
    study = written([SyntheticTrial("INTERRUPTED", (0.5, 0.6), epoch_seconds=40.0)], budget={"minutes": 1})
    assert said(verdict_info(study))["Next"] == (
        "Give it more minutes: no trial had ended in those that it had: cnnsearch resume 'digits cnn' --minutes N"
    )


def test_without_a_model_it_speaks_of_texts_too(tmp_path: Path) -> None:
    keys = {"dataset": "sentences", "model": "text_cnn", "space": {"filters": {"choice": [8, 16]}}, "start": "none"}
    study = write_study(tmp_path / "a", Experiment(name="a", **keys), [SyntheticTrial("FAILED")])
    answers = said(verdict_info(study))
    assert answers["Data"].startswith("1,800 texts of 10 classes")
    assert answers["Next"] == "Read what a trial printed before it ended: cnnsearch logs a TRIAL"


def test_a_tie(written: Write) -> None:
    alike = [0.94, 0.96, 0.95]
    info = verdict_info(finalists(written, {0: alike, 1: alike}))
    assert (info.trial, info.tied) == (0, (1,))
    answers = said(info)
    assert answers["As good"] == "Trial 1: not separable with 3 seeds."
    assert answers["Expect"].startswith("On new pictures accuracy 0.950 (95% interval 0.9")
    assert answers["Expect"].endswith(
        ", or a little worse: the winner was chosen by this mean on the 360 validation pictures."
    )


def test_a_winner_that_kept_its_promise(written: Write) -> None:
    info = verdict_info(finalists(written, {0: [0.97, 0.98, 0.99], 1: [0.5, 0.5, 0.5]}))
    assert info.shrinkage == pytest.approx(-0.01)


def test_finalists_that_were_cut_short_name_nobody(written: Write) -> None:
    study = finalists(written, {0: [0.94, None], 1: [0.94, None]})
    assert verdict_info(study).basis == "search"
    assert "2 runs of the finalists had not ended, so no winner is named from them." in texts(study)


def test_no_value(written: Write) -> None:
    info = verdict_info(written([SyntheticTrial("FAILED", (), None, "no memory")]))
    assert (info.basis, info.trial, info.value) == ("none", None, None)
    assert said(info)["Result"] == "No trial has a value: none completed or was stopped with one."
    assert said(verdict_info(written([], folder="empty")))["Result"] == (
        "No trial has a value: nothing was proposed yet."
    )


def test_one_trial_has_nobody_to_be_compared_with(written: Write) -> None:
    answers = said(verdict_info(written(completed(0.9))))
    assert answers["As good"] == "There is no other trial to compare it with."
    assert (
        ": these pictures chose its best epoch, and one training says nothing of other seeds." in answers["Expect"]
    ), "it is the best of one"


def test_others_that_cannot_be_compared_are_no_worse_and_not_absent(written: Write) -> None:
    losses = written(completed(0.95, 0.94, 0.5), predictions=0, objective="val_loss")
    assert said(verdict_info(losses))["As good"] == "Not known: 2 others could not be compared with it."
    some = written(completed(0.95, 0.5, 0.4), folder="b", predictions=2, objective="val_loss")
    assert said(verdict_info(some))["As good"].startswith(
        "None that is known: it is better than 1 of 2 other completed trials, the "
    )
    tied = written(completed(0.95, 0.948, 0.4), folder="c", predictions=2, objective="val_loss")
    assert said(verdict_info(tied))["As good"] == (
        "Trial 1: not separable by 360 pictures. 1 other could not be compared with it."
    )
    failed = finalists(written, {0: ["failed", 0.9], 1: [0.7, 0.7]}, folder="d")
    assert said(verdict_info(failed))["As good"] == "Not known: 1 other could not be compared with it."


@pytest.mark.parametrize(
    ("accuracies", "predictions", "p_values"),
    [
        ((0.95, 0.94), 2, [1 / 16]),  # four pictures go one way
        ((0.95, 0.925), 2, []),  # nine do: p = 1/512
        ((0.95, 0.94, 0.94), 3, [2 / 16, 2 / 16]),
        ((0.95, 0.9361, 0.7), 3, [2 / 32]),  # five do; with two others that is twice as likely
    ],
)
def test_ties_of_a_search_by_the_same_pictures(
    written: Write, accuracies: tuple[float, ...], predictions: int, p_values: list[float]
) -> None:
    info = ties_info(written(completed(*accuracies), predictions=predictions))
    assert (info.best, info.compared, info.paired, info.untold) == (0, len(accuracies) - 1, len(accuracies) - 1, 0)
    assert [tie.p_value for tie in info.tied] == pytest.approx(p_values)


def test_ties_of_a_search_by_shares_where_predictions_were_not_kept(written: Write) -> None:
    info = ties_info(written(completed(0.95, 0.94, 0.85), predictions=0))
    assert (info.compared, info.paired) == (2, 0)
    assert [tie.trial for tie in info.tied] == [1]
    losses = ties_info(written(completed(0.95, 0.94), folder="loss", predictions=0, objective="val_loss"))
    assert losses == TiesInfo(0, compared=0, paired=0, tied=(), untold=1, pictures=360)


@pytest.mark.parametrize("metric", ["val_loss", "val_f1"])
def test_ties_by_what_each_picture_contributes(written: Write, metric: str) -> None:
    info = ties_info(written(completed(0.95, 0.948, 0.80), predictions=3, objective=metric))
    assert [tie.trial for tie in info.tied] == [1]
    assert (info.compared, info.paired) == (2, 2)


def test_a_trial_that_tells_one_class_alone_is_no_tie_though_no_picture_alone_shows_it(written: Write) -> None:
    study = written(completed(1.0, 0.1), predictions=2, objective="val_balanced_accuracy")
    path = Path(str(study.path)) / "predictions" / "000001.npz"
    with np.load(path) as arrays:
        kept = dict(arrays)
    kept["probabilities"] = np.eye(kept["probabilities"].shape[1], dtype=np.float16)[np.zeros(360, int)]
    np.savez(path, **kept)
    info = ties_info(study)
    assert (info.paired, info.tied) == (1, ())


def test_stopped_trials_are_compared_with_each_other_only(written: Write) -> None:
    trials = [*completed(0.9), SyntheticTrial("STOPPED", (0.95,))]
    assert ties_info(written(trials)) == TiesInfo(0, pictures=360)
    stopped = [SyntheticTrial("STOPPED", (value,)) for value in (0.95, 0.95)]
    assert ties_info(written(stopped, folder="b", predictions=2)).tied == (Tie(1, 0.95, 1.0),)


def test_cautions_of_failures_and_interruptions(five: Study) -> None:
    assert verdict_info(five).cautions[:1] == (
        Caution("1 trial had not ended: interrupted, or still running when this was written."),
    )
    assert Caution("1 trial failed.", ("trial 2: the loss is not finite",)) in verdict_info(five).cautions


def test_few_trials_are_said_to_be_few(written: Write) -> None:
    few = "3 trials with a value are few: of so many drawn at random one is among the best 5% of all configs with a "
    assert texts(written(completed(0.9, 0.5, 0.4))) == [f"{few}chance of only 14%."]
    whole = {"filters": {"choice": [8, 16, 32]}}
    trials = [SyntheticTrial("COMPLETED", (0.9 - 0.2 * index,), {"filters": 8 * 2**index}) for index in range(3)]
    assert texts(written(trials, folder="whole", space=whole)) == [], "the whole space was searched"


def test_failures_are_grouped_by_reason(written: Write) -> None:
    reasons = ["memory", "shape", *["memory"] * 11]
    trials = [SyntheticTrial("FAILED", (), None, reason) for reason in reasons] + [SyntheticTrial("FAILED")]
    assert verdict_info(written(trials)).cautions == (
        Caution(
            "14 trials failed.",
            (
                "trials 0, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more: memory",
                "trial 1: shape",
                "trial 13: no reason recorded",
            ),
        ),
    )


def test_a_training_that_diverged_after_good_epochs_counts_and_is_said(written: Write) -> None:
    reason = "loss is nan at epoch 3: the training diverged; the best epoch before counts, 2"
    broken = SyntheticTrial("COMPLETED", (0.5, 0.9), None, reason, end_reason="diverged")
    study = written([broken, SyntheticTrial("COMPLETED", (0.6, 0.7))])
    assert study.best is not None
    assert (study.best.trial, study.best.value, study.best.reason) == (0, 0.9, reason)
    assert study.summary()["best"]["reason"] == reason
    said = "The training of 1 trial diverged after good epochs, the best one too: the best epoch before counts."
    assert Caution(said, (f"trial 0: {reason}",)) in verdict_info(study).cautions
    beaten = written([broken, SyntheticTrial("COMPLETED", (0.6, 0.95))], folder="beaten")
    assert said.replace(", the best one too", "") in texts(beaten)


def test_what_breaks_a_limit_is_no_candidate_and_is_said(written: Write) -> None:
    slow = SyntheticTrial("COMPLETED", (0.5, 0.9), cost={"latency_seconds": 0.021})
    study = written([slow, SyntheticTrial("COMPLETED", (0.6, 0.7))], limits={"latency_ms": 20})
    assert study.best is not None
    assert (study.best.trial, [line.trial for line in study.ranked]) == (1, [1])
    assert best_so_far(study).by_trial == ((1, 0.7),)
    caution = Caution(
        "The model of 1 trial broke limits, and so cannot be the best.",
        ("trial 0: limits.latency_ms: 21, at most 20",),
    )
    info = verdict_info(study)
    assert caution in info.cautions
    assert said(info)["Use"].startswith(
        "Trial 1: the best val_accuracy of the search, of those that keep the limits. Its model"
    )


def test_a_winner_that_is_too_slow_in_its_run_as_a_finalist_is_said(written: Write) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.7, 0.7]}, limits={"latency_ms": 20})
    assert not any("limits" in text for text in texts(study))
    lines = study.path / "finalists.jsonl"
    slower = [{**json.loads(line), "cost": {"latency_seconds": 0.025}} for line in lines.read_text().splitlines()]
    lines.write_text("".join(f"{json.dumps(line)}\n" for line in slower))
    caution = Caution(
        "Trial 0 kept the limits in the search, and breaks one in its run 0.", ("limits.latency_ms: 25, at most 20",)
    )
    assert caution in verdict_info(Study.load(study.path)).cautions


def test_where_all_break_limits_none_is_the_best(written: Write) -> None:
    slow = SyntheticTrial("COMPLETED", (0.5, 0.9), cost={"latency_seconds": 0.021})
    study = written([slow, replace(slow, state="STOPPED")], limits={"latency_ms": 20})
    assert study.best is None
    assert verdict_info(study).text.startswith("No trial can be the best: the models of all that have a value break")
    assert said(verdict_info(study))["Next"] == "Search again with wider limits, or in a space of smaller models."
    assert "The models of 2 trials broke limits, so none could be named the best." in texts(study)


def test_unreadable_files_are_named(written: Write) -> None:
    files = ["cat/<b>1.jpg: truncated", "dog/2.jpg: not a picture"]
    study = written(completed(0.9), described=environment(unreadable=files))
    assert Caution(f"2 files could not be read and took no part, as {files[0]}.") in verdict_info(study).cautions


def test_doubts_about_the_data_are_cautions(written: Write) -> None:
    counts = {"train": {"a": 9, "b": 9}, "validation": {"a": 2, "b": 2}, "test": {"a": 0, "b": 0}}
    copies = {"kind": "across", "count": 4, "total": 4, "names": ["v = t"], "held": "validation", "seen": "train"}
    left = [
        {"kind": "files that end in .heic", "count": 1, "names": ["a.heic"], "expected": False},
        {"kind": "files that end in .txt", "count": 1, "names": ["a.txt"], "expected": True},
    ]
    described = environment(("a", "b"), counts=counts, copies=[copies], left_out=left, given=["train", "validation"])
    found = verdict_info(written(completed(0.9), described=described, predictions=0)).cautions
    assert found[2] == Caution(
        "4 of 4 validation pictures are exact copies of training pictures: what the models are chosen by is too good."
    )
    assert found[0].text.startswith("There is no test split: the data brings a validation split of its own")
    assert [one.kind for one in found[:3]] == ["grave", "grave", "caution"], "of so few pictures 0.9 may be a guess"
    assert found[-1] == Caution("Some of what lies in the data took no part.", ("files that end in .heic: 1 (a.heic)",))


def test_what_of_files_was_not_used_is_told(written: Write) -> None:
    note = "2 of 9 pictures are read without the frames or pages after the first one (the first one: cat/a.gif)"
    study = written(completed(0.9), described=environment(altered=[note]))
    assert Caution(f"{note}.") in verdict_info(study).cautions


def test_stopped_trials_only(written: Write) -> None:
    study = written([SyntheticTrial("STOPPED", (0.7,)), SyntheticTrial("STOPPED", (0.9,))])
    assert texts(study)[0] == "No trial completed: the best trial was stopped early by the scheduler."
    by_user = written([SyntheticTrial("STOPPED", (0.7,), end_reason="user")], folder="user")
    assert texts(by_user)[0] == "No trial completed: the best trial was stopped early by the user."


def test_a_tie_is_said_once(written: Write) -> None:
    study = written(completed(0.95, 0.94, 0.939), predictions=3)
    assert said(verdict_info(study))["As good"] == "Trials 1 and 2: not separable by 360 pictures."
    assert not any("trial 1" in text for text in texts(study))
    five = written(completed(0.95, 0.94, 0.939, 0.938, 0.937), folder="five", predictions=5)
    assert said(verdict_info(five))["As good"] == "All 4 others: not separable by 360 pictures."


@pytest.mark.parametrize(
    ("values", "said_of_it"),
    [
        ((0.94, 0.95), "Trial 0: not separable by 360 pictures. It has the recommended config."),
        (
            (0.94, 0.95, 0.939),
            "Trials 0 and 2: not separable by 360 pictures. Trial 0, the recommended config, is one of them.",
        ),
        ((0.95, 0.94), "Trial 1: not separable by 360 pictures."),
    ],
)
def test_a_recommended_config_that_is_as_good_is_told(
    written: Write, values: tuple[float, ...], said_of_it: str
) -> None:
    first, *others = completed(*values)
    study = written([replace(first, origin="recommended"), *others], predictions=len(values))
    assert said(verdict_info(study))["As good"] == said_of_it


def test_a_winner_that_is_no_better_than_a_guess(written: Write) -> None:
    described = environment(classes=("cat", "dog"), validation=50)
    guess = "to call every validation picture 'cat' has an accuracy of 0.50, the winner has 0.56."
    study = written(completed(0.56), described=described)
    assert Caution(f"The winner is no better than a guess: {guess}", kind="grave") in verdict_info(study).cautions
    assert said(verdict_info(study))["Next"].startswith("Search again with more epochs, "), "fresh seeds would not help"
    assert not any("guess" in text for text in texts(written(completed(0.74), folder="b", described=described)))


@pytest.mark.parametrize(("test", "told"), [(0.85, True), (0.93, False), (0.99, False)])
def test_a_test_split_that_gives_less_than_was_promised(written: Write, test: float, told: bool) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.94, 0.94]}, test=test)
    found = [text for text in texts(study) if text.startswith("The test pictures give less than the validation")]
    assert len(found) == told
    if told:
        assert "by more than chance: accuracy 0.85 beside 0.950." in found[0]


@pytest.mark.parametrize(
    ("check", "next_one"), [("odd_size", "Search on"), ("conflicting_labels", "Mend what was found")]
)
def test_how_single_pictures_look_is_no_reason_to_search_again(written: Write, check: str, next_one: str) -> None:
    finding = {"check": check, "text": "3 of 1,800 pictures are so.", "count": 3, "doubtful": True, "examples": []}
    study = finalists(written, {0: [0.95] * 2, 1: [0.94] * 2}, described=environment(findings=[finding]))
    assert finding["text"] in texts(study)
    assert said(verdict_info(study))["Next"].startswith(next_one)


def test_the_best_value_at_the_edge_of_its_range(written: Write) -> None:
    space = {"learning_rate": {"float": [1e-4, 1e-2], "log": True}, "dropout": {"float": [0.0, 0.5]}}
    trials = [
        SyntheticTrial(
            "COMPLETED",
            (round(0.5 + 0.02 * index, 4),),
            {
                "learning_rate": 1e-4 * 100 ** min(1.0, index / 22),
                "dropout": 0.25 + 0.2 * (-1) ** index * (index % 5) / 5,
            },
        )
        for index in range(25)
    ]
    (caution,) = [one for one in verdict_info(written(trials, space=space)).cautions if "edge" in one.text]
    assert caution == Caution(
        "The best value lies at the edge of its range: better ones may lie beyond.",
        ("learning_rate 0.01, upper end 0.01; 4 of the best 5 trials lie there",),
    )


@pytest.mark.parametrize(("counts", "said"), [({"cat": 500, "dog": 99}, True), ({"cat": 500, "dog": 101}, False)])
def test_unequal_classes(written: Write, counts: dict[str, int], said: bool) -> None:
    described = environment(("cat", "dog"))
    described["dataset"]["counts"]["train"] = counts
    found = [text for text in texts(written(completed(0.9), described=described)) if "unequal" in text]
    assert len(found) == said
    if said:
        assert found[0].startswith("The classes are unequal: 'cat' has 5.05 times the training pictures of 'dog'")
        assert found[0].endswith("the objective val_f1 weighs all classes alike.")


def test_a_test_split_that_was_read_twice(written: Write) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.7, 0.7]}, test=0.93)
    assert not any("test split" in text for text in texts(study))
    read = ReadingLine(trial=0, by="evaluate", time=1.0, count=100, metrics={"accuracy": 0.99})
    Record(study.store).read_test(read)
    again = verdict_info(Study.load(study.path))
    (caution,) = [one for one in again.cautions if "test split" in one.text]
    assert caution.text.startswith("The test split was read 2 times")
    assert caution.details == ("trial 0, by finalists", "trial 0, by evaluate")
    assert again.test is not None
    assert again.test.value == 0.93, "of the model in best/, as it was read first"


def test_a_test_split_that_no_sweep_reads_is_read_by_a_command(
    written: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    study = written(completed(0.9, 0.8))
    expected = next(answer for answer in verdict_info(study).answers if answer.about == "Expect")
    unread = "The 360 test pictures were not read; when nothing is to be chosen any more, this reads them: "
    assert expected.text.endswith(f" {unread}cnnsearch evaluate 'digits cnn' --test")
    assert expected.command == "cnnsearch evaluate 'digits cnn' --test"
    print_verdict(study)
    assert f"{unread}cnnsearch evaluate {shlex.quote(study.source)} --test\n" in capsys.readouterr().out
    best = study.best
    assert best is not None
    Record(study.store).read_test(
        ReadingLine(trial=best.trial, by="a user", time=2e9, count=360, metrics={"accuracy": 0.9})
    )
    assert "--test" not in said(verdict_info(Study.load(study.path)))["Expect"]
    followed = written(completed(0.9, 0.8), final="refit")
    assert "--test" not in said(verdict_info(followed))["Expect"], "that is read by what is still to follow"
    (study.path / "test_reads.jsonl").unlink()
    study.store.write_json("environment.json", environment(counts={"validation": {"a": 360}}))
    assert "--test" not in said(verdict_info(Study.load(study.path)))["Expect"], "there is none"


def test_a_test_split_that_could_not_be_read(written: Write) -> None:
    study = finalists(written, {0: [0.95, 0.95], 1: [0.7, 0.7]})
    failed = ReadingLine(trial=0, run=0, by="finalists", time=1.0, state="FAILED", reason="no memory")
    Record(study.store).read_test(failed)
    said = "The test split could not be evaluated: no memory. cnnsearch resume does it again."
    assert said in texts(Study.load(study.path))
    assert verdict_info(Study.load(study.path)).test is None
    Record(study.store).read_test(replace(failed, state="COMPLETED", count=100, metrics={"accuracy": 0.9}))
    again = Study.load(study.path)
    assert not any("test split" in text for text in texts(again)), "it was read once"
    assert verdict_info(again).test is not None


def test_a_finalist_that_failed(written: Write) -> None:
    assert "1 of the 2 runs of finalist 0 failed." in texts(finalists(written, {0: ["failed", 0.9], 1: [0.7, 0.7]}))


def test_without_environment(written: Write) -> None:
    study = written(predictions=0)
    study.environment = {}
    info = verdict_info(study)
    assert (info.low, info.high, info.pictures) == (None, None, 0)
    assert said(info)["Expect"].startswith("On new pictures somewhat worse than accuracy 0.9500: ")
