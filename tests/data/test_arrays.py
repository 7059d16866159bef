from __future__ import annotations

import zipfile

import numpy as np
import pytest

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.left_out import LeftOut
from cnnsearch.data.sources.spec import ArraysSource, NpzSource, UrlSource
from cnnsearch.errors import InputError

X = np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), dtype=np.uint8)
Y = np.arange(10) % 2


def with_nan() -> np.ndarray:
    x = np.zeros((10, 4, 4))
    x[3, 1, 1] = np.nan
    return x


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:9], r"dataset\.y: needs one label for each picture: dataset\.x has 10, dataset\.y has 9"),
        (X[0, 0], Y[:4], r"dataset\.x: pictures must have the shape .* \(got \(4, 3\)\)"),
        (X[np.newaxis], Y, r"dataset\.x: pictures must have the shape"),
        (X[:0], Y[:0], r"dataset\.x: holds no pixels"),
        (X[:, :0], Y, r"dataset\.x: holds no pixels"),
        (X.astype(object), Y, r"dataset\.x: pictures must be real numbers \(got 'object'\)"),
        (X.astype(complex), Y, r"dataset\.x: pictures must be real numbers"),
        (X.astype(str), Y, r"dataset\.x: pictures must be real numbers"),
        ([[[1, 2]], [[1, 2, 3]]], [0, 1], r"dataset\.x: the pictures must all have one shape"),
        (with_nan(), Y, r"dataset\.x\[3\]: the picture has a pixel that is not a finite number"),
        (np.full((10, 4, 4), 1e300), Y, r"dataset\.x\[0\]: the picture has a pixel that is not a finite number"),
        (X, np.zeros(10, int), r"dataset: needs pictures of at least two classes \(got '0'\)"),
        (X, Y + 0.5, r"dataset\.y\[0\]: labels must be whole numbers"),
        (X, np.where(Y, np.nan, 1.0), r"dataset\.y\[1\]: the label is missing"),
        (None, None, "give them again from Python"),
    ],
)
def test_refused_arrays(x, y, message) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(ArraysSource(x=x, y=y))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (X, X),
        (X[..., 0], X[..., :1]),
        (X.tolist(), X.astype(np.int64)),
        (X > 127, np.where(X > 127, np.uint8(255), np.uint8(0))),
        ((X / 255).astype(np.float64), (X / 255).astype(np.float32)),
        ((X / 255).astype(">f4"), (X / 255).astype(np.float32)),
        ((X / 255).astype(np.float16), (X / 255).astype(np.float16)),
        (X.astype(">u2"), X.astype(np.uint16)),
        (X.astype(np.int16), X.astype(np.int16)),
    ],
)
def test_pictures_of_any_real_dtype(given, kept) -> None:
    pictures = load_dataset(ArraysSource(x=given, y=Y)).pictures
    read = pictures.read(np.arange(10))
    assert read.dtype == pictures.dtype == kept.dtype
    assert read.dtype.isnative
    assert (read == kept).all()


def test_own_splits_are_given() -> None:
    dataset = load_dataset(ArraysSource(x=X[:6], y=Y[:6], x_test=X[6:], y_test=Y[6:]))
    assert dataset.given.tolist() == ["train"] * 6 + ["test"] * 4
    assert load_dataset(ArraysSource(x=X, y=Y)).given is None


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"x_test": X}, r"dataset\.y_test: is missing"),
        ({"y_test": Y}, r"dataset\.x_test: is missing"),
        ({"x_test": X[:, :2], "y_test": Y}, r"dataset\.x_test: must be as those for training, \(4, 4, 3\) uint8"),
        ({"x_test": X / 255, "y_test": Y}, r"dataset\.x_test: must be as those for training.*float32"),
        ({"x_test": X[:2], "y_test": [0, 5]}, r"class '5' is in test but not in train"),
        ({"x_test": X[:1], "y_test": [0]}, r"class '1' is in train but not in test"),
        ({"x_validation": X[:2], "y_validation": [1, 1]}, r"class '0' is in train but not in validation"),
    ],
)
def test_own_splits_must_fit(splits, message) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(ArraysSource(x=X, y=Y, **splits))


def npz(path, **arrays) -> NpzSource:
    np.savez(path / "data.npz", **arrays)
    return NpzSource(source="npz", path=str(path / "data.npz"))


@pytest.mark.parametrize(
    ("keys", "splits"),
    [
        (("x", "y"), None),
        (("x_train", "y_train"), None),
        (("x", "y", "x_test", "y_test"), {"train", "test"}),
        (("x_train", "y_train", "x_val", "y_val"), {"train", "validation"}),
        (("x_train", "y_train", "x_validation", "y_validation", "x_test", "y_test"), {"train", "validation", "test"}),
        (("x", "y", "comment"), None),
        (("x_train", "y_train", "x_valid", "y_valid"), {"train", "validation"}),
        (("X", "Y", "X_dev", "Y_dev"), {"train", "validation"}),
        (("xtrain", "ytrain", "test_x", "test_y"), {"train", "test"}),
        (("X_Training", "y_Training", "X_Testing", "y_Testing"), {"train", "test"}),
        (("images", "labels"), None),
        (("x", "y", "labels"), None),
        (("train_images", "train_labels", "val_images", "val_labels"), {"train", "validation"}),
        (("images_train", "target_train", "images_test", "target_test"), {"train", "test"}),
    ],
)
def test_npz_keys(tmp_path, keys, splits) -> None:
    dataset = load_dataset(
        npz(
            tmp_path,
            **{key: X if "image" in key or "x" in key.lower().split("_") or key[0] == "x" else Y for key in keys},
        )
    )
    assert (dataset.given if splits is None else set(dataset.given.tolist())) == splits


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"imgs": X, "classes": Y}, r"needs the arrays x and y, or x_train and y_train; it has: classes, imgs"),
        ({"images": X, "label": Y, "labels": Y}, "both label and labels"),
        ({"x": X}, r"has the array x, and no labels for train; it has: x"),
        ({}, "it has: none"),
        ({"x": X, "y": Y, "x_test": X}, r"has the array x_test, and no labels for test; it has: x, x_test, y"),
        ({"x": X, "y": Y, "y_val": Y}, r"has the array y_val, and no pictures for validation"),
        ({"x": X, "x_train": X, "y": Y}, "both x and x_train"),
        ({"x": X, "y": Y, "x_val": X, "x_validation": X}, "both x_val and x_validation"),
        ({"x": X, "y": Y, "x_dev": X, "y_dev": Y, "x_valid": X, "y_valid": Y}, "both x_dev and x_valid"),
        ({"x": X, "y": Y, "x_holdout": X, "y_holdout": Y}, "the array x_holdout looks like a split"),
        ({"x": X, "y": Y, "test_images": X[:4]}, "the array test_images looks like a split"),
        ({"x": X, "y": Y, "split": np.array(["train", "val"] * 5)}, "the array split looks like a split"),
        ({"x": X, "y": Y, "part": np.array([b"train", b"val"] * 5)}, "the array part looks like a split"),
        ({"x": X, "y": Y, "is_test": Y == 1}, "the array is_test looks like a split"),
        ({"x": X, "y": Y, "train_idx": np.arange(5)}, "the array train_idx looks like a split"),
        ({"x": X, "y": Y[:3]}, r"data\.npz: y: needs one label for each picture"),
        ({"x": X, "y": np.array([None] * 10)}, "Python objects"),
    ],
)
def test_refused_npz(tmp_path, arrays, message) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset(npz(tmp_path, **arrays))


def test_arrays_that_are_not_read_are_named(tmp_path) -> None:
    left_out = load_dataset(
        npz(tmp_path, x=X, y=Y, x_mean=X[0], train_std=1.0, by=np.array([b"caf\xe9"] * 10))
    ).left_out
    assert left_out == (LeftOut("arrays that are not read", 3, ("x_mean", "train_std", "by"), expected=True),)
    assert load_dataset(npz(tmp_path, x=X, y=Y)).left_out == ()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_first_are_refused(channels) -> None:
    first = np.zeros((10, channels, 6, 5), np.uint8)
    with pytest.raises(InputError, match=rf"numpy\.moveaxis\(x, 1, -1\) \(got \(10, {channels}, 6, 5\)\)"):
        load_dataset(ArraysSource(x=first, y=Y))
    assert load_dataset(ArraysSource(x=np.moveaxis(first, 1, -1), y=Y)).pictures.channels == channels
    assert load_dataset(ArraysSource(x=np.zeros((10, 3, 6, 3)), y=Y)).pictures.shape == (3, 6)


@pytest.mark.parametrize(("shape", "refused"), [((5, 40, 50), True), ((5, 5, 103), False), ((40, 50, 17), False)])
def test_so_are_those_of_any_number_but_not_small_patches_of_a_spectrum(shape, refused) -> None:
    source = ArraysSource(x=np.zeros((10, *shape), np.int16), y=Y)
    if not refused:
        assert load_dataset(source).pictures.channels == shape[2]
        return
    with pytest.raises(InputError, match=r"and these look like \(n, channels, height, width\)"):
        load_dataset(source)


def test_pictures_are_named_by_their_array_and_number() -> None:
    splits = {"x_test": X[4:], "y_test": Y[4:]}
    pictures = load_dataset(ArraysSource(x=X[:4], y=Y[:4], **splits)).pictures
    assert [pictures.name(index) for index in (0, 3, 4, 9)] == ["x[0]", "x[3]", "x_test[0]", "x_test[5]"]
    some = pictures.take(np.array([2, 4, 6])).take(np.array([0, 2]))
    assert [some.name(0), some.name(1)] == ["x[2]", "x_test[2]"]


class TestWeights:
    WEIGHTS = (np.arange(10) / 2).tolist()

    def test_are_those_of_x_and_of_own_splits_the_mean(self, tmp_path) -> None:
        own = {"x_test": X[:2], "y_test": Y[:2]}
        np.savez(tmp_path / "data.npz", x_train=X, y_train=Y, count=self.WEIGHTS, **own)
        file = NpzSource(source="npz", path=str(tmp_path / "data.npz"), weight_array="count")
        url = UrlSource(source="url", url=(tmp_path / "data.npz").as_uri(), weight_array="count")
        for source in (ArraysSource(x=X, y=Y, weights=self.WEIGHTS, **own), file, url):
            dataset = load_dataset(source)
            assert dataset.weights.tolist() == [*self.WEIGHTS, 2.25, 2.25]
            assert dataset.left_out == ()
        assert load_dataset(ArraysSource(x=X, y=Y, **own)).weights is None
        plain = load_dataset(file.model_copy(update={"weight_array": None}))
        assert plain.weights is None
        assert [str(left) for left in plain.left_out] == ["arrays that are not read: 1 (count)"]
        assert plain.fingerprint != load_dataset(file).fingerprint

    @pytest.mark.parametrize(
        ("weights", "told"),
        [
            (np.ones(9), r"dataset\.weights: must be numbers, one for each of the 10 pictures of x"),
            (["a"] * 10, "must be numbers, one for each"),
            ([*[1] * 9, -1], r"dataset\.weights\[9\]: must be a finite number from 0 on \(got -1\.0\)"),
            ([*[1] * 9, np.nan], r"weights\[9\]: must be a finite number from 0 on"),
            (np.zeros(10), "is 0 for all pictures"),
        ],
    )
    def test_refused(self, weights, told, tmp_path) -> None:
        with pytest.raises(InputError, match=told):
            load_dataset(ArraysSource(x=X, y=Y, weights=weights))
        np.savez(tmp_path / "data.npz", x=X, y=Y)
        with pytest.raises(InputError, match=r"dataset\.weight_array: there is no such array in .*; it has: x, y"):
            load_dataset(NpzSource(source="npz", path=str(tmp_path / "data.npz"), weight_array="count"))


def test_file_that_is_no_npz(tmp_path) -> None:
    path = tmp_path / "data.npz"
    source = NpzSource(source="npz", path=str(path))
    with pytest.raises(InputError, match="there is no such file"):
        load_dataset(source)
    np.savez(path, x=X, y=Y)
    whole = path.read_bytes()
    np.save(tmp_path / "x.npy", X)
    for content in (
        b"",
        b"no arrays",
        whole[:200],
        whole[:60] + b"?" * 40 + whole[100:],
        (tmp_path / "x.npy").read_bytes(),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"no \.npz file"):
            load_dataset(source)


def test_an_npz_that_does_not_fit_into_memory(tmp_path, monkeypatch) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x=np.zeros((100, 64, 64, 3), np.uint8), y=np.zeros(100))
    monkeypatch.setattr("cnnsearch.data.sources.arrays.free_bytes", lambda: 1_000_000)
    monkeypatch.setattr("cnnsearch.data.sources.arrays.SMALL", 0)
    with pytest.raises(
        InputError, match=r"dataset\.path: its arrays need 0\.0 GB of memory, and 0\.0 GB are free \(got"
    ):
        load_dataset(NpzSource(source="npz", path=str(path)))


def test_an_npz_whose_header_lies(tmp_path) -> None:
    path = tmp_path / "data.npz"
    np.savez(tmp_path / "whole.npz", x=X, y=Y)
    for shape in (b"(10**18,), ", b"(10, 4, 4, 3000000000000), "):
        with zipfile.ZipFile(tmp_path / "whole.npz") as whole, zipfile.ZipFile(path, "w") as altered:
            for name in whole.namelist():
                content = whole.read(name).replace(b"(10, 4, 4, 3), ", shape)
                altered.writestr(name, content)
        with pytest.raises(InputError, match=r"is no \.npz file that NumPy can read"):
            load_dataset(NpzSource(source="npz", path=str(path)))
