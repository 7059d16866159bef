from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from synthetic import SyntheticTrial, digits_experiment, environment, write_finalists, write_study

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.report.page import render
from cnnsearch.report.views.checks.info import checks_info
from cnnsearch.study import Study
from cnnsearch.study.hidden_tokens import HiddenTokens
from cnnsearch.study.predictions import kept_at, to_bytes
from cnnsearch.tasks.classification.targets import ClassTargets
from cnnsearch.tasks.labelled.views.mistakes import view
from cnnsearch.tasks.labelled.views.mistakes.info import mistakes_info
from cnnsearch.tasks.labelled.views.suspicious import view as suspicious_view
from cnnsearch.tasks.labelled.views.suspicious.info import suspicious_info

CLASSES = ("cat <b>", "dog", "owl")


def study_of(folder: Path, accuracy: float) -> Study:
    """Ten validation pictures, of which the last ones are taken for the next class."""
    described = environment(classes=CLASSES, validation=10)
    study = write_study(folder, digits_experiment(), [SyntheticTrial("COMPLETED", (accuracy,))], described)
    (study.path / "best").mkdir()
    return study


def data(side: int) -> tuple[Dataset, Split]:
    pictures = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1) * np.ones((1, side, side, 1), np.uint8)
    labels = np.repeat(np.arange(3, dtype=np.int32), (4, 3, 3))
    dataset = Dataset(ArrayPictures(pictures), ClassTargets(labels, CLASSES), None, (), "")
    empty = np.zeros(0, np.int64)
    return dataset, Split(empty, np.arange(10), empty)


def test_worst_mistakes_are_kept_small_and_shown(tmp_path: Path) -> None:
    from cnnsearch.sweep.mistakes import save_mistakes

    study = study_of(tmp_path / "study", 0.8)
    save_mistakes(study, *data(300))
    folder = study.path / "best" / "mistakes"
    assert sorted(path.name for path in folder.iterdir()) == [
        "01-owl-as-cat-b.png",
        "02-owl-as-cat-b.png",
        "mistakes.json",
    ]
    with Image.open(folder / "01-owl-as-cat-b.png") as picture:
        assert (picture.size, picture.getpixel((5, 5))) == ((128, 128), 8)
    info = mistakes_info(study)
    assert (info.trial, info.wrong, info.missing) == (0, 2, None)
    first = info.mistakes[0]
    assert (first.picture, first.true, first.predicted) == ("picture 8", "owl", "cat <b>")
    assert (round(first.probability, 2), round(first.true_probability, 2)) == (0.9, 0.05)
    assert first.source.startswith("data:image/png;base64,iVBOR")
    assert "all validation pictures that trial" in view.VIEW.lead(info)


def test_words_of_worst_texts_are_kept_and_marked_by_what_the_answer_rests_on(tmp_path: Path) -> None:
    from cnnsearch.sweep.mistakes import save_mistakes

    described = environment(classes=CLASSES, validation=10)
    searched = digits_experiment(model="text_cnn", dataset="sentences", space={"filters": 4, "text_length": 3})
    trial = SyntheticTrial("COMPLETED", (0.8,), {"filters": 4, "text_length": 3})
    study = write_study(tmp_path / "study", searched, [trial], described)
    predictions = study.predictions(0)
    assert predictions is not None
    hidden = HiddenTokens(np.array([8]), np.float32([[0.4, -0.1, 0.0]]))
    study.store.write(kept_at(0), to_bytes(predictions, hidden=hidden))
    texts = Texts(tuple(f"Film {number} was <good>." for number in range(10)), tuple(map(str, range(10))))
    labelled, split = data(1)
    save_mistakes(study, replace(labelled, pictures=texts), replace(split, train=np.arange(10)))
    first, second = mistakes_info(study).mistakes
    assert first.words == (("Film", 1.0), (" ", 0.0), ("8", -0.25), (" ", 0.0), ("was", 0.0), (" <good>.", 0.0))
    assert (second.text, second.words) == ("Film 9 was <good>.", ())
    page = render([study])
    assert 'background: rgba(230, 159, 0, 0.70)" title="for cat &lt;b&gt;">Film</mark>' in page
    assert "&lt;good&gt;." in page
    assert "orange words speak for it" in view.VIEW.lead(mistakes_info(study))


def test_mistakes_of_an_earlier_best_trial_go(tmp_path: Path) -> None:
    from cnnsearch.sweep.mistakes import save_mistakes

    save_mistakes(study_of(tmp_path / "study", 0.7), *data(8))
    better = tmp_path / "better"
    study = study_of(better, 1.0)
    (better / "best" / "mistakes").mkdir()
    (better / "best" / "mistakes" / "01-a-as-b.png").write_bytes(b"old")
    save_mistakes(study, *data(8))
    assert [path.name for path in (better / "best" / "mistakes").iterdir()] == ["mistakes.json"]
    assert mistakes_info(study).missing == "trial 0 has no mistakes on the validation pictures"


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", 0.8)
    assert mistakes_info(study).missing == "the sweep kept no pictures of mistakes"
    folder = study.path / "best" / "mistakes"
    folder.mkdir()
    (folder / "big.png").write_bytes(b"\x89PNG" + bytes(200_000))
    entry = {
        "file": "big.png",
        "picture": "1",
        "true": "dog",
        "predicted": "owl",
        "probability": 1,
        "true_probability": 0,
    }
    for content in ("{", "[]", "{}", json.dumps({"trial": 0, "wrong": 1, "mistakes": [entry]})):
        (folder / "mistakes.json").write_text(content)
        assert "cannot be read" in str(mistakes_info(study).missing)
    entry["file"] = "../../experiment.yaml"
    (folder / "mistakes.json").write_text(json.dumps({"trial": 0, "wrong": 1, "mistakes": [entry]}))
    assert mistakes_info(study).missing is not None


def test_mistakes_of_another_model_are_not_shown(tmp_path: Path) -> None:
    from cnnsearch.sweep.mistakes import save_mistakes

    study = study_of(tmp_path / "study", 0.8)
    save_mistakes(study, *data(8))
    assert json.loads((study.path / "best" / "mistakes" / "mistakes.json").read_text())["run"] is None
    study.store.write("experiment.yaml", digits_experiment(finalists={"top": 2, "seeds": 2}).to_yaml())
    named = write_finalists(study.path, {0: [0.7, 0.8]})
    assert mistakes_info(named).missing == "the pictures of mistakes are of another model, one of trial 0"


def test_suspicious_labels_are_kept_and_shown(tmp_path: Path) -> None:
    from cnnsearch.sweep.suspicious import save_suspicious

    study = study_of(tmp_path / "study", 0.8)
    assert suspicious_view.VIEW.absent(suspicious_info(study))
    save_suspicious(study, *data(300))
    assert sorted(path.name for path in (study.path / "best" / "suspicious").iterdir()) == [
        "01.png",
        "02.png",
        "suspicious.json",
    ]
    info = suspicious_info(study)
    assert (info.trial, info.count, len(info.pictures)) == (0, 2, 2)
    first = info.pictures[0]
    assert (first.picture, first.label, first.probable) == ("picture 8", "owl", "cat <b>")
    assert (round(first.label_probability, 2), round(first.probable_probability, 2)) == (0.05, 0.9)
    assert "2 validation pictures look like another class" in suspicious_view.VIEW.lead(info)


def test_what_the_checks_found_is_kept_and_shown(tmp_path: Path) -> None:
    from cnnsearch.data.checks.finding import Finding
    from cnnsearch.sweep.found_pictures import save_found

    dataset, _ = data(300)
    finding = Finding("duplicates", "1 of 10 pictures is a copy.", 1, dataset, ((3, 1),), kind="within")
    found = replace(dataset, findings=(finding,))
    study = study_of(tmp_path / "study", 0.8)
    told = {**study.environment["dataset"], "findings": [finding.recorded.to_dict()]}
    study.store.write_json("environment.json", {**study.environment, "dataset": told})
    assert checks_info(Study.load(study.path)).found[0].examples[0][0].source is None
    save_found(found, study.store)
    assert sorted(path.name for path in (study.path / "checks").iterdir()) == [
        "duplicates-within-1a.png",
        "duplicates-within-1b.png",
    ]
    (shown,) = checks_info(Study.load(study.path)).found
    assert (shown.check, shown.text, shown.action) == ("duplicates", "1 of 10 pictures is a copy.", "keep_together")
    assert [one.name for one in shown.examples[0]] == ["picture 3", "picture 1"]
    assert all(str(one.source).startswith("data:image/png;base64,iVBOR") for one in shown.examples[0])
    assert "1 of 10 pictures is a copy." in Path(Study.load(study.path).report()).read_text()
