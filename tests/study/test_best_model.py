"""Whether ``best/`` holds what the record names, for studies that were cut short, changed by hand, or are older."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_finalists, write_study

from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.winner.best import MODEL, NOTE, Kept, note_best, write_best
from cnnsearch.study.winner.best_model import BestModel, find_best, open_best, read_note
from cnnsearch.study.winner.finalists import Naming

TRIALS = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)]


def searched(folder: Path, trial: int = 0) -> Study:
    """A study whose best trial is 0, with the model of ``trial`` in ``best/``."""
    study = write_study(folder / "study", trials=TRIALS, predictions=0)
    study.store.write("left", f"weights {trial}")
    write_best(study.store, "left", Kept.of(study.records[trial]), ["a"])
    return study


def named(folder: Path) -> Study:
    """A study whose finalists named run 1 of trial 1, with its model in ``best/``."""
    experiment = digits_experiment(finalists={"top": 2, "seeds": 3})
    study = write_study(folder / "study", experiment, TRIALS, predictions=0)
    study = write_finalists(study.path, {0: [0.7, 0.7, 0.7], 1: [0.71, 0.72, 0.73]}, errors="none")
    finalists = study.finals
    assert finalists is not None
    assert finalists.chosen is not None
    study.store.write("left", "weights 1-1")
    line = Kept(finalists.chosen, {}, {"trials": [1, 0], "runs": 3})
    write_best(study.store, "left", line, ["a"])
    return Study.load(study.path)


def found(study: Study) -> BestModel:
    held = find_best(study)
    assert held is not None
    return held


def read(study: Study) -> str:
    with open_best(study) as (path, _):
        return path.read_text()


def test_all_is_well(tmp_path: Path) -> None:
    study = named(tmp_path)
    held = found(study)
    assert (held.best.trial, held.best.run, held.file, held.problem) == (1, 1, MODEL, None)
    note = read_note(study.store)
    assert note is not None
    assert (note.digest, note.size) == (held.digest, 11)
    assert note.naming == Naming(1, 1, (1, 0), 3)
    assert read(study) == "weights 1-1"
    assert found(searched(tmp_path / "b")).problem is None
    nothing = write_study(tmp_path / "c", trials=[SyntheticTrial("FAILED")])
    assert find_best(nothing) is None
    with pytest.raises(InputError, match="has no best model: none of its trials gave a value"):
        read(nothing)


def test_another_model_than_the_record_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(searched(tmp_path, trial=1))
    assert caught.value.problems[0].rule == (
        "best/ holds the model of trial 1 in the search; the record names trial 0 in the search, whose model is not "
        "there any more: cnnsearch rerun STUDY 0 --export FILE trains it again"
    )
    study = named(tmp_path / "b")
    study.store.write_json(NOTE, {"trial": 0, "value": 0.9})
    held = found(study)
    assert held.mends
    assert str(held.problem) == (
        "best/ holds the model of trial 0 in the search; the record names run 1 of finalist 1, whose model is not "
        "there any more: cnnsearch resume STUDY trains that run again"
    )


@pytest.mark.parametrize("content", ["weights 9-9", "torn"])
def test_a_file_that_was_replaced_is_refused(tmp_path: Path, content: str) -> None:
    study = named(tmp_path)
    study.store.write(MODEL, content)
    with pytest.raises(InputError, match="is not the one that was put there: its digest is another"):
        read(study)
    assert (found(study).mends, find_best(study, thorough=False) != found(study)) == (True, content == "weights 9-9")


def test_no_file(tmp_path: Path) -> None:
    study = named(tmp_path)
    study.store.delete(MODEL)
    with pytest.raises(InputError, match="has no best model: there is none in best/; the record names run 1 of fin"):
        read(study)


def test_what_the_driver_did_not_live_to_move_is_used_where_it_lies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It died after the trial's line, or after the note, and before it moved the model."""
    study = searched(tmp_path, trial=1)
    study.store.write("checkpoints/0/1/model.keras", "weights 0")
    with caplog.at_level(logging.WARNING, "cnnsearch"):
        assert read(study) == "weights 0"
    assert "best/ does not hold the model of trial 0 in the search yet" in caplog.text
    study = named(tmp_path / "b")
    study.store.write(MODEL, "weights of the search")
    study.store.write("models/000001-1.keras", "weights 1-1")
    assert read(study) == "weights 1-1"
    assert found(study).mends


def test_a_file_of_the_same_size_that_was_not_replaced_yet_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    """The driver died between the note and the move; on object storage sizes alone are compared."""
    study = searched(tmp_path, trial=1)
    study.store.write("checkpoints/0/1/model.keras", "weights 0")
    note_best(study.store, "checkpoints/0/1/model.keras", Kept.of(study.records[0]))
    for thorough in (True, False):
        held = find_best(study, thorough=thorough)
        assert held is not None
        assert (held.file, held.mends) == ("checkpoints/0/1/model.keras", True)


def test_an_older_study_stays_usable(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its note has neither digest nor naming; of what it names, all is checked that can be."""
    study = named(tmp_path)
    note = json.loads((study.path / NOTE).read_text())
    study.store.write_json(NOTE, {key: note[key] for key in note if key not in ("model", "named")})
    assert read(study) == "weights 1-1"
    study = Study.load(study.path)
    assert (study.best.trial, study.best.run) == (1, 1)  # type: ignore[union-attr]
    assert found(study).problem is None
    study.store.delete(NOTE)
    assert read(study) == "weights 1-1"
    assert "nothing says whose model best/ holds" in caplog.text


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"trial": "x"}', '{"trial": 1, "run": 1, "model": 5}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    study = named(tmp_path)
    study.store.write(NOTE, content)
    assert read_note(study.store) is None
    assert Study.load(study.path).best.run == 1  # type: ignore[union-attr]


def test_a_winner_stays_named_while_new_finalists_are_trained(tmp_path: Path) -> None:
    """The search was extended, and its new finalists have not ended; with an older note, too, or without finalists."""
    study = named(tmp_path)
    more = digits_experiment(finalists={"top": 2, "seeds": 5})
    study.store.write("experiment.yaml", more.to_yaml())
    extended = Study.load(study.path)
    assert extended.finals is not None
    assert len(extended.finals.remaining) == 4
    assert (extended.finals.winner, extended.best.run) == (1, 1)  # type: ignore[union-attr]
    assert [one.mean for one in extended.finals.decided.standings] == pytest.approx([0.72, 0.7])
    study.store.write_json(NOTE, {"trial": 1, "run": 1})
    assert Study.load(study.path).finals.winner == 1  # type: ignore[union-attr]
    study.store.write("experiment.yaml", digits_experiment().to_yaml())
    assert Study.load(study.path).best.run == 1  # type: ignore[union-attr]
    study.store.delete(NOTE)
    assert Study.load(study.path).best.run is None  # type: ignore[union-attr]
