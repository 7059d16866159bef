"""Pictures that belong together stay together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.groups import group_numbers, groups_by_name, joined_groups, shared_groups
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.sources.spec import ArraysSource, DirectorySource, NpzSource, UrlSource
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.tasks.classification.targets import ClassTargets


def dataset(labels, groups) -> Dataset:
    targets = ClassTargets(np.asarray(labels, np.int32), tuple(f"class {number}" for number in range(max(labels) + 1)))
    pictures = ArrayPictures(np.zeros((len(labels), 1, 1, 1), np.uint8))
    return Dataset(pictures, targets, None, (), "", groups=None if groups is None else np.asarray(groups))


def parts(split: Split) -> list[np.ndarray]:
    return [split.train, split.validation, split.test]


def test_the_group_of_a_name() -> None:
    names = ["cat/anna_1.png", "cat/anna_2.png", "dog/anna_17.png", "dog/ben_1.png"]
    assert groups_by_name(r"(.*)_\d+", names) == ("anna", "anna", "anna", "ben")
    assert groups_by_name(r"[a-z]+", names) == ("anna", "anna", "anna", "ben")
    assert groups_by_name(r"(.*)/(.).*_", names) == ("cat\0a", "cat\0a", "dog\0a", "dog\0b")
    with pytest.raises(InputError, match=r"dataset\.group: does not match the names of 1 of 4 pictures, as dog/ben_1"):
        groups_by_name(r"(anna)_\d+", names)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"dataset\.group: must be a regular expression, as \(\.\*\)_\[0-9\]\+: "):
        Experiment(name="a", dataset={"source": "directory", "path": "a", "group": "(.*"}, space={"units": 8})


def test_joining() -> None:
    assert joined_groups(4, None, []) is None
    assert joined_groups(3, np.array([5, 6, 7]), [[1]]) is None
    assert joined_groups(6, None, [[0, 3], [4, 5], [3, 4]]).tolist() == [0, 1, 2, 0, 0, 0]
    assert joined_groups(6, np.array([9, 9, 1, 2, 1, 3]), [[3, 4]]).tolist() == [0, 0, 2, 2, 2, 5]
    assert group_numbers(np.array(["b", "a", "b"])).tolist() == [1, 0, 1]


@settings(max_examples=30)
@given(st.data())
def test_no_group_is_divided_and_every_class_is_everywhere(data) -> None:
    people = data.draw(st.integers(8, 30))
    sizes = [data.draw(st.integers(1, 6)) for _ in range(people)]
    groups = np.repeat(np.arange(people), sizes)
    labels = np.repeat(np.arange(people) % 2, sizes)  # at least four people of each class
    split = split_dataset(dataset(labels.tolist(), groups), 0.3, 0.3, data.draw(st.integers(0, 1000)))
    assert np.sort(np.concatenate(parts(split))).tolist() == list(range(len(labels)))
    of = [set(groups[part].tolist()) for part in parts(split)]
    assert sum(map(len, of)) == len(set.union(*of))
    assert all(set(labels[part].tolist()) == {0, 1} for part in parts(split))


def test_some_pairs_change_no_share() -> None:
    labels = [0] * 350 + [1] * 350
    groups = np.arange(700)
    groups[1:40:2] = groups[0:40:2]
    split = split_dataset(dataset(labels, groups), 0.2, 0.2, seed=0)
    assert [np.bincount(np.array(labels)[part]).tolist() for part in parts(split)] == [[210, 210], [70, 70], [70, 70]]
    in_splits = [sum((part < 40).tolist()) for part in parts(split)]
    assert sum(in_splits) == 40
    assert min(in_splits) > 0  # by their shares, and not all into one


def test_groups_of_one_are_no_groups() -> None:
    labels = [0, 1] * 20
    one, other = (split_dataset(dataset(labels, groups), 0.2, 0.2, 3) for groups in (None, np.arange(40)))
    assert all((a == b).all() for a, b in zip(parts(one), parts(other), strict=True))


def test_too_few_groups() -> None:
    data = dataset([0] * 10 + [1] * 10, [0] * 10 + [1] * 6 + [2] * 4)
    with pytest.raises(InputError) as caught:
        split_dataset(data, 0.2, 0.2, seed=0)
    assert [str(problem).split(";")[0] for problem in caught.value.problems] == [
        f"dataset: class 'class {number}' has pictures of too few groups: {number + 1}, and needs 3, one for each of "
        "train, validation, test"
        for number in (0, 1)
    ]


def test_groups_of_files(folder) -> None:
    root = folder(each=8)
    for path in sorted(root.glob("*/*.png")):
        path.rename(path.with_name(f"{int(path.stem) // 2}_{path.stem}.png"))
    source = DirectorySource(source="directory", path=str(root), group=r"(\d+)_")
    found = load_dataset(source)
    assert [found.pictures.name(index) for index in np.flatnonzero(found.groups == 0)] == [
        "cat/0_0.png",
        "cat/0_1.png",
        "dog/0_0.png",
        "dog/0_1.png",
    ]
    split = split_dataset(found, 0.25, 0.25, 0)
    assert [sorted(set(found.groups[part].tolist())) for part in parts(split)] != [[0], [1], [2, 3]]
    assert sorted(map(len, parts(split))) == [4, 4, 8]
    limited = load_dataset(source.model_copy(update={"limit": 6}))
    assert limited.groups.tolist() == [0, 0, 1, 0, 2, 2]
    assert [limited.pictures.name(index).split("/")[1][0] for index in range(6)] == ["1", "1", "2", "1", "3", "3"]


def test_groups_of_arrays() -> None:
    x, y = np.zeros((8, 2, 2), np.uint8), [0, 1] * 4
    source = ArraysSource(x=x, y=y, groups=["a", "a", "b", "b", "c", "c", "d", "d"], x_test=x[:2], y_test=[0, 1])
    assert load_dataset(source).groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    with pytest.raises(InputError, match=r"dataset\.groups: must be numbers or strings, one for each of the 8"):
        load_dataset(source.model_copy(update={"groups": [1, 2]}))


def test_which_of_the_judging_pictures_belong_together_is_recorded() -> None:
    split = Split(np.arange(4), np.array([4, 5, 6]), np.array([7, 8]))
    data = dataset([0, 1] * 4 + [0], [0, 0, 1, 1, 7, 3, 7, 8, 9])
    assert data.describe(split)["group_of"] == {"validation": [1, 0, 1]}, "of the test split each is by itself"
    assert data.describe(split)["groups"] == {"train": 2, "validation": 2, "test": 2}
    assert data.group_of(split.test) is shared_groups([]) is None
    assert "group_of" not in dataset([0, 1] * 4 + [0], None).describe(split)


class TestArraysOfAFile:
    X = np.arange(10 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4)
    PATIENTS = np.array(list("aabbccddee"))

    def source(self, tmp_path, name="patient", **arrays) -> NpzSource:
        np.savez(tmp_path / "scans.npz", **arrays)
        return NpzSource(source="npz", path=str(tmp_path / "scans.npz"), group_array=name)

    def test_are_never_divided(self, tmp_path) -> None:
        source = self.source(tmp_path, x=self.X, y=np.arange(10) % 2, patient=self.PATIENTS)
        url = UrlSource(source="url", url=(tmp_path / "scans.npz").as_uri(), group_array="patient")
        for each in (source, url):
            found = load_dataset(each)
            assert found.groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
            assert found.left_out == ()
        for part in parts(split_dataset(found, 0.4, 0.2, 0)):
            assert sorted(part.tolist()) == sorted(part ^ 1)  # with each picture the other one of its patient

    def test_of_own_splits_are_read_by_the_names_of_these(self, tmp_path) -> None:
        arrays = {"x_train": self.X[:6], "y_train": np.arange(6) % 2, "patient_train": np.array([7, 7, 8, 8, 9, 9])}
        rest = {"x_test": self.X[6:], "y_test": np.arange(4) % 2}
        assert load_dataset(self.source(tmp_path, **arrays, **rest)).groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 4, 5, 6]
        named = self.source(tmp_path, **arrays, **rest, patient_test=np.array(["8", "8", "4", "4"]))
        assert load_dataset(named).groups.tolist() == [1, 1, 2, 2, 3, 3, 2, 2, 0, 0]

    def test_that_do_not_fit_are_refused(self, tmp_path) -> None:
        given = {"x": self.X, "y": np.arange(10) % 2}
        with pytest.raises(InputError, match=r"dataset\.group_array: there is no such array in .*; it has: x, y"):
            load_dataset(self.source(tmp_path, **given))
        with pytest.raises(InputError, match=r"npz: patient: must be numbers or strings, one for each of the 10 pict"):
            load_dataset(self.source(tmp_path, **given, patient=np.arange(9)))
        with pytest.raises(InputError, match="has both patient and train_patient; keep one of them"):
            load_dataset(self.source(tmp_path, **given, patient=np.arange(10), train_patient=np.arange(10)))
        with pytest.raises(InputError, match="tells the groups of a split that has no pictures: test"):
            load_dataset(self.source(tmp_path, **given, patient=np.arange(10), patient_test=np.arange(10)))

    def test_count_together_where_new_data_is_evaluated(self, tmp_path, caplog) -> None:
        def groups(**arrays) -> object:
            source = self.source(tmp_path, **arrays)
            return load_labelled(source.path, ["0", "1"], 1, (4, 4), source=source).group_of

        given = {"x": self.X, "y": np.arange(10) % 2}
        assert groups(**given, patient=self.PATIENTS).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        assert groups(x_test=self.X, y_test=np.arange(10) % 2, patient_test=self.PATIENTS[::-1]).tolist()[:2] == [4, 4]
        assert not caplog.messages
        assert groups(**given) is None
        assert caplog.messages == ["intervals take each picture as one by itself: the data has no array 'patient'"]
