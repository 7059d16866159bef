"""What is told of the data, from what ``environment.json`` says."""

from __future__ import annotations

from typing import Any

from cnnsearch.data.checks.finding import RecordedFinding
from cnnsearch.data.left_out import LeftOut, Leftovers
from cnnsearch.data.remarks import Remark, doubts, remarks

COUNTS = {"train": {"a": 3, "b": 2}, "validation": {"a": 1, "b": 1}, "test": {"a": 0, "b": 0}}


def described(**keys: Any) -> dict[str, Any]:
    return {"classes": ["a", "b"], "counts": COUNTS, "given": ["train", "validation"], **keys}


def test_findings_of_checks() -> None:
    across = RecordedFinding("duplicates", "2 of 9 test pictures are copies.", 2)
    within = RecordedFinding("duplicates", "1 of 9 pictures is a copy.", 1, doubtful=False)
    told = remarks(described(findings=[within.to_dict(), across.to_dict()]), 0.0)
    assert told == (Remark(across.text), Remark(within.text))
    assert doubts(described(findings=[within.to_dict(), across.to_dict()]), 0.0) == told[:1]


def test_copies_of_a_study_of_before_there_were_checks() -> None:
    names = ["val/0 = train/0", "val/1 = train/0"]
    copies = [
        {"kind": "across", "count": 2, "total": 2, "names": names, "held": "validation", "seen": "train"},
        {"kind": "labels", "count": 1200, "total": 5000, "names": ["0 (a), 1 (b)"]},
        {"kind": "repeated", "count": 1, "total": 7, "names": ["2 = 1"]},
        {"kind": "across", "count": 1, "total": 3, "names": names[:1], "held": "test", "seen": "validation"},
    ]
    told = remarks(described(copies=copies), 0.0)
    assert told == (
        Remark(
            "2 of 2 validation pictures are exact copies of training pictures: what the models are chosen by is "
            "too good."
        ),
        Remark("1,200 of 5,000 pictures are copies of each other with other labels: one of the labels is wrong."),
        Remark(
            "1 of 3 test pictures is an exact copy of a validation picture: the test split does not judge by other "
            "pictures than those that chose."
        ),
        Remark("1 of 7 pictures is an exact copy of another one of its class and split."),
    )
    assert doubts(described(copies=copies), 0.0) == told[:3]


def test_a_test_split_that_is_not_drawn() -> None:
    (told,) = remarks(described(), 0.2)
    assert told.text == (
        "There is no test split: the data brings a validation split of its own and none for the test, so that the "
        "share 0.2 of dataset.test is not drawn."
    )
    assert remarks(described(), 0.0) == ()
    assert remarks(described(counts={**COUNTS, "test": {"a": 1, "b": 1}}), 0.2) == ()


def test_what_was_left_out() -> None:
    left = Leftovers()
    left.add("files that end in .txt", ["notes.txt"], expected=True)
    left.add("files that end in .heic", [f"{number}.heic" for number in range(7)])
    found = left.by_kind()
    assert [LeftOut.from_dict(line.to_dict()) for line in found] == list(found)
    told = remarks(described(left_out=[line.to_dict() for line in found], notes=["9 lie deeper"]), 0.0)
    assert told == (
        Remark("9 lie deeper."),
        Remark(
            "Some of what lies in the data took no part.",
            ("files that end in .heic: 7 (0.heic, 1.heic, 2.heic, 3.heic, 4.heic, ...)",),
        ),
        Remark("Not read, as it is no part of the data.", ("files that end in .txt: 1 (notes.txt)",)),
    )
    assert doubts(described(left_out=[line.to_dict() for line in found]), 0.0) == told[1:2]


def test_a_study_of_an_earlier_version() -> None:
    assert remarks({}, 0.2) == ()
    assert remarks({"unreadable": ["a.png: truncated"], "counts": {}}, 0.2) == (
        Remark("1 file could not be read and took no part, as a.png: truncated."),
    )
