from __future__ import annotations

import os

import numpy as np
import pytest
from pydantic import ValidationError

from cnnsearch.data.checks.check import find_check
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.sources.spec import CsvSource
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.data.stages import joined, pixels
from cnnsearch.errors import InputError


@pytest.fixture
def table(tmp_path, picture):
    """Writes a table beside four pictures ``a.png`` ... ``d.png``."""
    for seed, name in enumerate("abcd"):
        picture(tmp_path / f"{name}.png", seed)

    def write(text: str | bytes, **keys) -> CsvSource:
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return CsvSource(source="csv", path=str(path), **keys)

    return write


def test_labels_are_text(table) -> None:
    dataset = load_dataset(table("path,label\na.png,NA\nb.png, 007 \nc.png,true\nd.png,NA\n"))
    assert dataset.targets.names == ("007", "NA", "true")
    assert dataset.targets.values.tolist() == [1, 0, 2, 1]


def test_numbers_are_sorted_by_value(table) -> None:
    assert load_dataset(table("path,label\na.png,10\nb.png,2\n")).targets.names == ("2", "10")


def test_named_columns_quotes_and_byte_order_mark(table, tmp_path) -> None:
    text = f'\ufefffile,other,kind\n"a.png","x, y",cat\n{tmp_path}/b.png,,dog\n'
    assert load_dataset(table(text, path_column="file", label_column="kind")).targets.names == ("cat", "dog")


def test_missing_picture_is_unreadable(table) -> None:
    source = table("path,label\na.png,x\nb.png,y\nc.png,x\ngone.png,y\n", max_unreadable=0.25)
    dataset = load_dataset(source)
    assert dataset.unreadable == ("gone.png: there is no such file",)
    assert dataset.targets.values.tolist() == [0, 1, 0]
    with pytest.raises(InputError, match=r"1 of 4 .*gone\.png"):
        load_dataset(source.model_copy(update={"max_unreadable": 0.2}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|", ":", "^", " "])
def test_any_separator_and_the_mark_of_any_encoding(table, separator, encoding) -> None:
    rows = ("path", "label", "note"), ("a.png", "caf\u00e9", '"1,5;x|y:^"'), ("b.png", "th\u00e9", '"a, b; c"')
    dataset = load_dataset(table("".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)))
    assert dataset.targets.names == ("caf\u00e9", "th\u00e9")
    assert [dataset.pictures.name(index) for index in range(2)] == ["a.png", "b.png"]


def test_a_cell_with_other_separators_does_not_decide(table) -> None:
    dataset = load_dataset(table("path;label, in words\na.png;x\nb.png;y, or z\n", label_column="label, in words"))
    assert dataset.targets.names == ("x", "y, or z")
    dataset = load_dataset(table("path,label,x|y|w|h\na.png,u,1|2|3|4\nb.png,v,5|6|7|8\n"))
    assert dataset.targets.names == ("u", "v")
    dataset = load_dataset(table("path;label;at, so long\na.png;u;2,50\nb.png;v\n"))
    assert dataset.targets.names == ("u", "v"), "a short row is no reason to separate by commas"


def test_blanks_around_names_of_columns_are_none_of_theirs(table) -> None:
    assert load_dataset(table("path, label\na.png, x\nb.png, y\n")).targets.names == ("x", "y")


def test_labels_that_differ_by_blanks_around_them_are_told(table) -> None:
    assert load_dataset(table("path,label\na.png,x\nb.png,y\nc.png,x \nd.png, y\n")).notes == (
        "2 labels stand in the column 'label' with blanks around and without, as 'x': both are read as one",
    )
    assert load_dataset(table("path,label\na.png, x\nb.png, y\n")).notes == ()
    assert load_dataset(table("path,label\na.png,1\nb.png,2\nc.png, 1\n")).notes == ()


def test_names_in_any_encoding_stay_what_they_are(table, tmp_path, picture) -> None:
    picture(tmp_path / os.fsdecode(b"\xea\xee\xf2.png"), 7)
    dataset = load_dataset(table(b"path,label\n\xea\xee\xf2.png,caf\xe9\nb.png,caf\xe8\n"))
    assert [os.fsencode(name) for name in dataset.targets.names] == [b"caf\xe8", b"caf\xe9"]
    assert (len(dataset.pictures), dataset.unreadable) == (2, ())


def test_paths_of_windows(table, tmp_path, picture) -> None:
    picture(tmp_path / "in" / "deep" / "e.png", 7)
    picture(tmp_path / "f\\g.png", 8)
    dataset = load_dataset(table("path,label\nin\\deep\\e.png,x\nf\\g.png,y\na.png,y\n"))
    assert ([path.name for path in dataset.pictures.paths], dataset.unreadable) == (["e.png", "f\\g.png", "a.png"], ())


def test_a_column_a_class(table) -> None:
    text = "path,nevus,melanoma,split\na.png,1.0,0.0,train\nb.png,0,1,train\nc.png,False,true,test\nd.png,yes,no,test\n"
    source = table(text, label_columns=["nevus", "melanoma"])
    dataset = load_dataset(source)
    assert dataset.targets.names == ("nevus", "melanoma"), "in the order of the columns"
    assert dataset.targets.values.tolist() == [0, 1, 1, 0]
    names, size = dataset.targets.names, (5, 6)
    _, found, *_ = load_labelled(source.path, names, 3, size, tables=[source.columns], source=source)
    assert found.tolist() == [1, 0]
    with pytest.raises(InputError, match="line 3: has a 1 in 2 of label_columns, and must in one"):
        load_dataset(table(text.replace("b.png,0", "b.png,1"), label_columns=["nevus", "melanoma"]))
    with pytest.raises(InputError, match="line 2: has a 1 in none of label_columns"):
        load_dataset(table(text.replace("a.png,1.0", "a.png,0.0"), label_columns=["nevus", "melanoma"]))
    more = text.replace("split\n", "split,split2\n").replace("train\n", "train,0\n").replace("test\n", "test,0\n")
    with pytest.raises(InputError, match="class 'split2' has no readable picture"):
        load_dataset(table(more, label_columns=["nevus", "melanoma", "split2"]))


def test_pictures_weigh_what_a_column_says(table) -> None:
    text = "path,label,count\na.png,x,2\nb.png,y,0\nc.png,x,0.5\nd.png,y,1e1\n"
    dataset = load_dataset(table(text, weight_column="count"))
    assert dataset.weights is not None
    assert dataset.weights.tolist() == [2, 0, 0.5, 10]
    assert dataset.left_out == ()
    assert dataset.take(np.array([3, 0])).weights.tolist() == [10, 2]  # type: ignore[union-attr]
    other = load_dataset(table(text.replace("0.5", "0.6"), weight_column="count"))
    assert other.fingerprint != dataset.fingerprint, "it would train another network"
    split = Split(np.array([0, 1]), np.array([2]), np.array([3]))
    assert dataset.describe(split)["weights"] == {"low": 0, "high": 2, "mean": 1}
    given = pixels(dataset, split, (4, 4))
    assert (given.w_train.tolist(), joined(given).w_train.tolist()) == ([2, 0], [2, 0, 0.5])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("", "line 3 has no count"),
        ("-1", "line 3: count '-1' must be a finite number from 0 on"),
        ("nan", "line 3: count 'nan' must be"),
        ("inf", "line 3: count 'inf' must be"),
        ("many", "line 3: count 'many' must be"),
        ("0", "count is 0 in all rows, so that nothing would be trained on"),
    ],
)
def test_a_weight_is_a_number_from_0_on(table, cell: str, told: str) -> None:
    text = f"path,label,count\na.png,x,0\nb.png,y,{cell}\n"
    with pytest.raises(InputError, match=told):
        load_dataset(table(text, weight_column="count"))


def test_groups_of_a_column_are_not_divided(table) -> None:
    text = "path,label,patient\na.png,x,7\nb.png,y,8\nc.png,x,7\nd.png,y,9\n"
    dataset = load_dataset(table(text, group_column="patient"))
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 1, 0, 2]
    assert dataset.left_out == ()
    with pytest.raises(InputError, match="has no column 'subject'; its columns: path, label, patient"):
        load_dataset(table(text, group_column="subject"))
    with pytest.raises(InputError, match="line 3 has no patient"):
        load_dataset(table(text.replace("y,8", "y,"), group_column="patient"))
    with pytest.raises(ValidationError, match="must have group or group_column, and not both"):
        table(text, group_column="patient", group="(.)")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("path,label,split\na.png,x,train\nb.png,y,Training\nc.png,x,val\nd.png,y,dev\n", {}),
        (
            "path,label,part\na.png,x,train\nb.png,y,train\nc.png,x,valid\nd.png,y,eval\n",
            {"split_column": "part"},
        ),
    ],
)
def test_split_column(table, text, keys) -> None:
    dataset = load_dataset(table(text, **keys))
    assert dataset.given.tolist() == ["train", "train", "validation", "validation"]
    assert split_dataset(dataset, 0.2, 0.2, 0).train.tolist() == [0, 1]
    assert dataset.left_out == ()
    unread = load_dataset(table(text, split_column=None))
    assert unread.given is None
    assert unread.left_out[0].kind == "columns that are not read"


def test_columns_that_are_not_read_are_named(table) -> None:
    dataset = load_dataset(table("path,label,date,fold\na.png,x,1,train\nb.png,y,2,train\n"))
    assert dataset.left_out == (LeftOut("columns that are not read", 2, ("date", "fold"), expected=True),)


def test_labels_may_stand_in_a_column_called_split(table) -> None:
    dataset = load_dataset(table("path,split\na.png,train\nb.png,bus\n", label_column="split"))
    assert (dataset.targets.names, dataset.given) == (("bus", "train"), None)


@pytest.mark.parametrize(
    ("text", "message", "keys"),
    [
        ("path,label,Set\na.png,x,train\nb.png,y,test\n", r"'Set' looks like splits.*as split_column: Set", {}),
        ("path,label,is_valid\na.png,x,False\nb.png,y,True\n", r"'is_valid' looks like splits.*write train, val", {}),
        ("path,label,split\na.png,x,train\nb.png,y,3\n", r"line 3: split '3' is no split: train, validation", {}),
        ("path,label,split\na.png,x,train\nb.png,y,\n", r"line 3: split '' is no split", {}),
        ("path,label,split\na.png,x,test\nb.png,y,test\n", "has no row for train in the column 'split'", {}),
        ("path,label\na.png,x\nb.png,y\n", "has no column 'part'; its columns: path", {"split_column": "part"}),
        ("path,label,split\na.png,x,train\nb.png,y,test\n", "class 'x' is in train but not in test", {}),
    ],
)
def test_refused_splits(table, text, message, keys) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(table(text, **keys))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.png,x\n", r"has no column 'path'; its columns: file, label; name another one by path_column"),
        ("path,label,label\na.png,x,y\n", r"has 2 columns of the name 'label'"),
        ("file;label\na.png;x\n", r"has no column 'path'; its columns: file, label"),
        ("path,class\na.png,x\n", r"has no column 'label'"),
        ("path,label\na.png,x\nb.png,\n", r"line 3 has no label"),
        ("path,label\na.png,x\nb.png\n", r"line 3 has no label"),
        ("path,label\n ,x\nb.png,y\n", r"line 2 has no path"),
        ("path,label\na.png,x,more\nb.png,y,\n", r"line 2 has more cells than the header"),
        ("path,label\n", "names no pictures"),
        ("", r"has no column 'path'; its columns: none"),
        ('path,label\n"a.png,x\n', "cannot be read as CSV"),
        (b"PK\x03\x04\x00\x00,x\n", "is no text: save it as CSV, in UTF-8"),
        ("path,label\na.png,x\nb.png,x\n", "at least two classes"),
    ],
)
def test_refused_tables(table, text, message) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(table(text))


def test_rows_with_empty_cells_are_left_out_where_that_is_asked_for(table) -> None:
    text = "path,label,split,who\na.png,x,train,1\nb.png,y,train,2\n,x,,\nb.png, ,train,3\n"
    text += "c.png,x,test,4\nd.png,y,test,5\nd.png,y,,6\n"
    dataset = load_dataset(table(text, group_column="who"), drops_missing=True)
    empty = ("line 4 has no path and no who and no split", "line 5 has no label", "line 8 has no split")
    assert dataset.incomplete == empty
    assert dataset.targets.values.tolist() == [0, 1, 0, 1]
    assert (dataset.given == ["train", "train", "test", "test"]).all()
    assert len(set(dataset.groups)) == 4
    (finding,) = find_check("missing").findings(Examined(dataset), Split(np.arange(4), np.arange(0), np.arange(0)), [])
    assert finding.text == f"3 rows have an empty cell and take no part, as {empty[0]}."
    with pytest.raises(InputError, match=r"(?s)line 4 has no path and no who.*line 5 has no label"):
        load_dataset(table(text, group_column="who"))
    with pytest.raises(InputError, match="names no pictures"):
        load_dataset(table("path,label\n,x\n"), drops_missing=True)


def test_missing_table(tmp_path) -> None:
    with pytest.raises(InputError, match=r"dataset\.path: there is no such file"):
        load_dataset(CsvSource(source="csv", path=str(tmp_path / "none.csv")))


def test_pictures_follow_the_rows(table) -> None:
    dataset = load_dataset(table("path,label\nd.png,x\na.png,y\n"))
    again = load_dataset(table("path,label\na.png,y\nd.png,x\n"))
    assert (dataset.pictures.read(np.array([0, 1])) == again.pictures.read(np.array([1, 0]))).all()
