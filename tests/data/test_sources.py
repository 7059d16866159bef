"""What every data source must do, whatever it reads."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import sys
import types
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.labels import naturally_sorted
from cnnsearch.data.sources import digits
from cnnsearch.data.sources.loading import LOADERS, TEXT_LOADERS
from cnnsearch.data.sources.spec import (
    ArchiveSource,
    ArraysSource,
    CocoSource,
    CsvSource,
    DigitBoxesSource,
    DigitScenesSource,
    DirectorySource,
    JsonlSource,
    KerasSource,
    MasksSource,
    NpzSource,
    ParquetSource,
    SentencesSource,
    SklearnSource,
    Source,
    UrlSource,
    VocSource,
    YoloSource,
)
from cnnsearch.data.split import split_dataset
from cnnsearch.errors import InputError
from cnnsearch.tasks.classification.targets import ClassTargets

CLASSES = ("2", "10", "1")


class Material:
    """Ten pictures ``(6, 5)`` of each of three classes, as any source brings them, and ways to change one."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.monkeypatch = monkeypatch
        self.x = np.random.default_rng(0).integers(0, 256, (30, 6, 5, 3), dtype=np.uint8)
        self.y = [name for name in CLASSES for _ in range(10)]
        monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))

    def arrays(self) -> ArraysSource:
        return ArraysSource(x=self.x, y=self.y)

    def arrays_split(self) -> ArraysSource:
        train, validation, test = (slice(start, None, 3) for start in range(3))
        return ArraysSource(
            x=self.x[train],
            y=self.y[train],
            x_validation=self.x[validation],
            y_validation=self.y[validation],
            x_test=self.x[test],
            y_test=self.y[test],
        )

    def npz(self) -> NpzSource:
        np.savez(self.root / "data.npz", x=self.x, y=self.y)
        return NpzSource(source="npz", path=str(self.root / "data.npz"))

    def npz_split(self) -> NpzSource:
        even, odd = slice(0, None, 2), slice(1, None, 2)
        y = np.array(self.y)
        np.savez(self.root / "split.npz", x_train=self.x[even], y_train=y[even], x_test=self.x[odd], y_test=y[odd])
        return NpzSource(source="npz", path=str(self.root / "split.npz"))

    def directory(self) -> DirectorySource:
        for number, (pixels, name) in enumerate(zip(self.x, self.y, strict=True)):
            self._save(f"classes/{name}/{number}.png", pixels)
        return DirectorySource(source="directory", path=str(self.root / "classes"))

    def directory_split(self) -> DirectorySource:
        for number, (pixels, name) in enumerate(zip(self.x, self.y, strict=True)):
            self._save(f"splits/{('train', 'val')[number % 2]}/{name}/{number}.png", pixels)
        return DirectorySource(source="directory", path=str(self.root / "splits"))

    def archive(self) -> ArchiveSource:
        self.directory()
        shutil.make_archive(str(self.root / "whole"), "zip", self.root, "classes")
        return ArchiveSource(source="archive", path=str(self.root / "whole.zip"))

    def archive_split(self) -> ArchiveSource:
        self.directory_split()
        shutil.make_archive(str(self.root / "split"), "gztar", self.root / "splits")
        return ArchiveSource(source="archive", path=str(self.root / "split.tar.gz"))

    def csv(self) -> CsvSource:
        lines = ["path,label"]
        for number, (pixels, name) in enumerate(zip(self.x, self.y, strict=True)):
            self._save(f"listed/{number}.png", pixels)
            lines.append(f"listed/{number}.png,{name}")
        (self.root / "list.csv").write_text("\n".join(lines))
        return CsvSource(source="csv", path=str(self.root / "list.csv"))

    def parquet(self) -> ParquetSource:
        self._parquet("all", slice(None))
        return ParquetSource(source="parquet", path=str(self.root / "all.parquet"))

    def parquet_split(self) -> ParquetSource:
        (self.root / "parts").mkdir(exist_ok=True)
        for number, split in enumerate(("train", "test")):
            self._parquet(f"parts/{split}-00000-of-00001", slice(number, None, 2))
        return ParquetSource(source="parquet", path=str(self.root / "parts"))

    def url(self) -> UrlSource:
        self.archive()
        return UrlSource(source="url", url=(self.root / "whole.zip").as_uri())

    def url_npz(self) -> UrlSource:
        self.npz()
        return UrlSource(source="url", url=(self.root / "data.npz").as_uri())

    def url_table(self) -> UrlSource:
        self.csv()
        return UrlSource(source="url", url=(self.root / "list.csv").as_uri())

    def mnist(self) -> KerasSource:
        self._fake_keras("mnist", self.x[..., 0])
        return KerasSource(source="mnist")

    def cifar10(self) -> KerasSource:
        self._fake_keras("cifar10", self.x)
        return KerasSource(source="cifar10")

    def _save(self, name: str, pixels: np.ndarray) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)

    def _parquet(self, name: str, rows: slice) -> None:
        contents = []
        for pixels in self.x[rows]:
            stream = io.BytesIO()
            Image.fromarray(pixels).save(stream, "png")
            contents.append({"bytes": stream.getvalue(), "path": None})
        table = pyarrow.table({"image": contents, "label": self.y[rows]})
        pyarrow.parquet.write_table(table, self.root / f"{name}.parquet", row_group_size=4)

    def _fake_keras(self, name: str, x: np.ndarray) -> None:
        """The loader of a set with all its classes, one picture of each in the test split."""
        y = np.arange(len(x), dtype=np.uint8).reshape(-1, 1) % 10
        y[-1] = 9 if self.y[-1] == CLASSES[-1] else 0
        train, test = np.r_[10 : len(x)], np.r_[0:10]
        module = types.SimpleNamespace(load_data=lambda: ((x[train], y[train]), (x[test], y[test])))
        datasets = types.SimpleNamespace(**{name: module})
        self.monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(datasets=datasets))
        self.monkeypatch.setattr("cnnsearch.data.sources.keras_sets.set_keras", lambda: None)


OF_PLACES = {MasksSource, DigitScenesSource, CocoSource, VocSource, YoloSource, DigitBoxesSource}
"""Sources of masks and boxes: ``test_mask_sources.py`` and ``test_box_sources.py`` in ``tests/tasks``."""

KINDS = [name for name in vars(Material) if not name.startswith("_")]


@pytest.fixture
def material(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Material:
    return Material(tmp_path, monkeypatch)


def test_every_declared_source_has_a_loader_and_is_tested(material: Material) -> None:
    declared = set(get_args(get_args(Source)[0]))
    assert {*LOADERS, *TEXT_LOADERS} == declared
    elsewhere = {SklearnSource, SentencesSource, JsonlSource}
    assert {type(getattr(material, kind)()) for kind in KINDS} | elsewhere == declared - OF_PLACES


@pytest.mark.parametrize("kind", KINDS)
class TestEverySource:
    def test_is_loaded_the_same_twice(self, material: Material, kind: str) -> None:
        first, second = (load_dataset(getattr(material, kind)()) for _ in range(2))
        everything = np.arange(len(first.targets.values))
        assert first.fingerprint == second.fingerprint
        assert (first.targets.values == second.targets.values).all()
        assert (first.pictures.read(everything) == second.pictures.read(everything)).all()

    def test_fingerprint_tells_one_pixel(self, material: Material, kind: str) -> None:
        before = load_dataset(getattr(material, kind)()).fingerprint
        material.x[-1, 3, 3] ^= 1
        assert load_dataset(getattr(material, kind)()).fingerprint != before

    def test_fingerprint_tells_one_label(self, material: Material, kind: str) -> None:
        before = load_dataset(getattr(material, kind)()).fingerprint
        material.y[-1] = CLASSES[0]
        for stale in material.root.glob(f"*/**/{CLASSES[-1]}/29.png"):
            stale.unlink()
        assert load_dataset(getattr(material, kind)()).fingerprint != before

    def test_labels_and_classes(self, material: Material, kind: str) -> None:
        dataset = load_dataset(getattr(material, kind)())
        assert dataset.targets.values.dtype == np.int32
        assert dataset.targets.values.shape == (len(dataset.pictures),) == (30,)
        assert np.unique(dataset.targets.values).tolist() == list(range(len(dataset.targets.names)))
        assert dataset.targets.names == naturally_sorted(dataset.targets.names)

    def test_pictures_keep_their_labels(self, material: Material, kind: str) -> None:
        dataset = load_dataset(getattr(material, kind)())
        read = dataset.pictures.read(np.arange(30))
        if isinstance(getattr(material, kind)(), KerasSource):
            assert (read[..., 0] == material.x[np.r_[10:30, 0:10], ..., 0]).all()
            return
        for pixels, label in zip(read, dataset.targets.values, strict=True):
            original = (material.x == pixels).all(axis=(1, 2, 3)).argmax()
            assert (material.x[original] == pixels).all()
            assert material.y[original] == dataset.targets.names[label]

    def test_reads_shape_and_dtype(self, material: Material, kind: str) -> None:
        pictures = load_dataset(getattr(material, kind)()).pictures
        assert pictures.shape == (6, 5)
        assert pictures.dtype == np.uint8
        some = np.array([4, 0, 4])
        assert pictures.read(some).shape == (3, 6, 5, pictures.channels)
        assert pictures.read(some, (3, 7)).shape == (3, 3, 7, pictures.channels)
        assert pictures.read(some, (3, 7)).dtype == np.uint8
        assert pictures.read(some[:0], (3, 7)).shape == (0, 3, 7, pictures.channels)

    def test_the_hint_changes_nothing(self, material: Material, kind: str) -> None:
        plain, hinted = (load_dataset(getattr(material, kind)(), size) for size in (None, (4, 4)))
        assert plain.fingerprint == hinted.fingerprint
        for size in (None, (4, 4), (3, 7)):
            assert (plain.pictures.read(np.arange(5), size) == hinted.pictures.read(np.arange(5), size)).all()

    def test_split_covers_everything_once(self, material: Material, kind: str) -> None:
        dataset = load_dataset(getattr(material, kind)())
        split = split_dataset(dataset, 0.5 if dataset.given is not None else 0.25, 0.25, seed=1)
        parts = [split.train, split.validation, split.test]
        assert np.sort(np.concatenate(parts)).tolist() == list(range(30))
        classes = set(range(len(dataset.targets.names)))
        assert all(set(dataset.targets.values[part].tolist()) == classes for part in parts if len(part))
        assert len(split.train)
        assert len(split.validation)

    def test_limit_draws_by_class_and_seed(self, material: Material, kind: str) -> None:
        source = getattr(material, kind)()
        whole = load_dataset(source)
        strata = len(whole.targets.names) * (1 if whole.given is None else len(set(whole.given.tolist())))
        source = source.model_copy(update={"limit": max(strata, 12)})
        limited = load_dataset(source, seed=3)
        assert len(limited.targets.values) == len(limited.pictures) == max(strata, 12)
        assert limited.targets.names == whole.targets.names
        assert set(limited.targets.values.tolist()) == set(range(len(whole.targets.names)))
        assert load_dataset(source, seed=3).fingerprint == limited.fingerprint
        with pytest.raises(InputError, match=rf"dataset\.limit.*at least {strata} \(got 2\)"):
            load_dataset(source.model_copy(update={"limit": 2}))

    def test_classes_are_chosen_before_the_limit(self, material: Material, kind: str) -> None:
        source = getattr(material, kind)()
        classes = load_dataset(source).targets.names[:2]
        chosen = load_dataset(source.model_copy(update={"classes": classes}))
        most = len(chosen.targets.values) - 1
        limited = load_dataset(source.model_copy(update={"classes": classes, "limit": most}))
        assert limited.targets.names == chosen.targets.names == classes
        assert len(limited.targets.values) == most

    def test_pictures_have_names_of_their_own(self, material: Material, kind: str) -> None:
        pictures = load_dataset(getattr(material, kind)()).pictures
        some = pictures.take(np.array([3, 7]))
        assert len({pictures.name(index) for index in range(30)}) == 30
        assert [some.name(0), some.name(1)] == [pictures.name(3), pictures.name(7)]
        assert len(set(pictures.digests)) == 30

    def test_description_is_json(self, material: Material, kind: str) -> None:
        dataset = load_dataset(getattr(material, kind)())
        split = split_dataset(dataset, 0.5 if dataset.given is not None else 0.25, 0.25, seed=1)
        described = json.loads(json.dumps(dataset.describe(split)))
        assert described["fingerprint"] == dataset.fingerprint
        assert described["classes"] == list(dataset.targets.names)
        assert list(described["counts"]) == ["train", "validation", "test"]
        assert sum(sum(counts.values()) for counts in described["counts"].values()) == 30
        assert (described["shape"], described["dtype"], described["unreadable"]) == ([6, 5], "uint8", [])
        assert (described["values"]["dtype"], described["values"]["scale"]) == ("uint8", [0, 255])
        assert described["altered"] == []

    def test_can_be_sent_to_another_process(self, material: Material, kind: str) -> None:
        dataset = load_dataset(getattr(material, kind)(), (4, 4))
        back = pickle.loads(pickle.dumps(dataset))
        assert back.fingerprint == dataset.fingerprint
        assert (back.pictures.read(np.arange(30), (4, 4)) == dataset.pictures.read(np.arange(30), (4, 4))).all()


class Doubted(ClassTargets):
    """Targets with something to tell of how they are split."""

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        return {**super().describe(splits), "notes": [f"{len(splits['test'])} are held out"]}


def test_what_targets_tell_of_the_splits_is_told_with_what_was_noted_of_the_source() -> None:
    x = np.random.default_rng(0).integers(0, 256, (20, 2, 2), dtype=np.uint8)
    dataset = load_dataset(ArraysSource(x=x, y=np.arange(20) % 2))
    doubted = replace(dataset, targets=Doubted(dataset.targets.values, dataset.targets.names), notes=("9 lie deeper",))
    described = doubted.describe(split_dataset(doubted, 0.2, 0.2, seed=0))
    assert described["notes"] == ["9 lie deeper", "4 are held out"]


def test_limit_depends_on_the_seed() -> None:
    x = np.random.default_rng(0).integers(0, 256, (60, 2, 2), dtype=np.uint8)
    source = ArraysSource(x=x, y=np.arange(60) % 2, limit=10)
    assert len({load_dataset(source, seed=seed).fingerprint for seed in range(4)}) == 4


def test_limit_keeps_the_shares_of_the_classes() -> None:
    y = np.repeat([0, 1, 2], [70, 25, 5])
    dataset = load_dataset(ArraysSource(x=np.zeros((100, 2, 2), np.uint8), y=y, limit=20))
    assert np.bincount(dataset.targets.values).tolist() == [14, 5, 1]


def test_limit_keeps_a_picture_of_each_small_class() -> None:
    y = np.repeat(np.arange(10), [90] + [1] * 9)
    dataset = load_dataset(ArraysSource(x=np.zeros((99, 2, 2), np.uint8), y=y, limit=12))
    assert np.bincount(dataset.targets.values).tolist() == [3] + [1] * 9


def test_limit_above_the_number_of_pictures_takes_all() -> None:
    x, y = np.zeros((4, 2, 2), np.uint8), [0, 1, 0, 1]
    plain, limited = (load_dataset(ArraysSource(x=x, y=y, limit=limit)) for limit in (None, 9))
    assert plain.fingerprint == limited.fingerprint


def test_digits_are_spread_over_a_byte() -> None:
    from sklearn.datasets import load_digits

    dataset = load_dataset(SklearnSource())
    read = dataset.pictures.read(np.arange(1797))
    original = load_digits()
    assert read.shape == (1797, 8, 8, 1)
    assert np.unique(read).tolist() == [round(level * 255 / 16) for level in range(17)]
    assert (np.rint(read[..., 0] * (16 / 255)) == original.images).all()
    assert dataset.targets.names == tuple("0123456789")
    assert (dataset.targets.values == original.target).all()
    assert dataset.given is None


def test_digits_that_lie_elsewhere_in_scikit_learn_are_read_by_it(monkeypatch) -> None:
    expected = load_dataset(SklearnSource()).fingerprint
    monkeypatch.setattr(digits, "_FILE", "nowhere.csv.gz")
    assert load_dataset(SklearnSource()).fingerprint == expected
