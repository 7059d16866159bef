"""Pages of TIFF stacks and tiles of large pictures, with their masks."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from masked import squares, write
from PIL import Image

from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.excerpts import excerpted
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import Tiles
from cnnsearch.data.sources.remote.addresses import Address
from cnnsearch.data.split import folded, split_dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures import excerpts
from cnnsearch.inputs.pictures.pictures import ArrayPictures, PictureFile
from cnnsearch.inputs.pictures.tiff import pages_of
from cnnsearch.inputs.pictures.tiles import cut, tiles_of
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.serving import prediction
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.segmentation.answers import MaskAnswer, MaskAnswers
from cnnsearch.tasks.segmentation.masks import VOID
from cnnsearch.tasks.segmentation.targets import MaskTargets

TASK = TASKS["segmentation"]
X, MASKS = squares(12, size=(40, 30))


def searched(**dataset: Any) -> Experiment:
    keys = {"name": "a", "model": "unet", "task": "segmentation", "space": {"filters": 4}}
    return Experiment(**keys, dataset={"source": "masks", **dataset})


def loaded(path: Path, **dataset: Any) -> Dataset:
    return load_dataset(searched(path=str(path), **dataset).dataset, task=TASK)


def stacks(folder: Path, pages: int, of_masks: int = 0) -> Path:
    """As many files as there are pictures for."""
    for kind, arrays in (("images", X[..., 0]), ("masks", MASKS)):
        (folder / kind).mkdir()
        for number in range(len(X) // pages):
            some = arrays[number * pages : (number + 1) * pages]
            some = some[: of_masks or pages] if kind == "masks" else some
            tifffile.imwrite(folder / kind / f"{number}.tif", some, photometric="minisblack")
    return folder


@given(st.tuples(st.integers(1, 60), st.integers(1, 60)), st.tuples(st.integers(2, 30), st.integers(2, 30)), st.data())
@settings(max_examples=40, deadline=None)
def test_each_pixel_is_in_one_core_and_tiles_overlap(
    picture: tuple[int, int], size: tuple[int, int], data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, min(size) - 1))
    pixels = np.arange(np.prod(picture)).reshape(picture)
    tiles = tiles_of(picture, size, overlap)
    found = np.full(picture, -1)
    for tile in tiles:
        part = cut(pixels, tile)
        assert part.shape == size
        assert (found[tile.core_in_picture] == -1).all()
        found[tile.core_in_picture] = part[tile.core_within]
    np.testing.assert_array_equal(found, pixels)
    for axis in (0, 1):
        starts = sorted({tile.corner[axis] for tile in tiles})
        assert all(before + size[axis] - after >= overlap for before, after in itertools.pairwise(starts))


def test_a_stack_is_a_set_of_pictures(tmp_path: Path) -> None:
    """Those of one file are in one split."""
    dataset = loaded(stacks(tmp_path, 2), validation=0.34, test=0.0)
    np.testing.assert_array_equal(dataset.pictures.read(np.arange(12)), X)
    np.testing.assert_array_equal(dataset.targets.values, MASKS)
    assert [dataset.pictures.name(at) for at in (0, 3)] == ["0.tif, page 1", "1.tif, page 2"]
    split = split_dataset(dataset, 0.34, 0.0, 0)
    assert not {at // 2 for at in split.train.tolist()} & {at // 2 for at in split.validation.tolist()}
    assert dataset.notes == ()
    stacks_of = np.repeat(np.arange(len(split.validation) // 2), 2)
    assert dataset.describe(split)["group_of"] == {"validation": stacks_of.tolist()}


def test_pages_of_few_stacks_are_in_several_splits_which_is_told(tmp_path: Path) -> None:
    dataset = loaded(stacks(tmp_path, 6))
    assert len(dataset.pictures) == 12
    assert dataset.notes[0].startswith("pages of 0.tif, 1.tif are in several splits, as there are fewer than 5 files")
    assert dataset.notes[0].endswith("and intervals, which take each page as one by itself, too narrow")
    assert dataset.describe(split_dataset(dataset, 0.2, 0.2, 0))["group_of"] == {}


def test_sets_of_classes_that_few_stacks_show_hinder_no_split(tmp_path: Path) -> None:
    """Of six stacks one alone has pages that show another set of classes; each split has some pages of a stack."""
    stacks(tmp_path, 2)
    pages = MASKS[:2].copy()
    pages[pages == 1] = 2
    tifffile.imwrite(tmp_path / "masks" / "0.tif", pages, photometric="minisblack")
    dataset = loaded(tmp_path)
    assert len(dataset.targets.strata.names) > 1
    split = split_dataset(dataset, 0.2, 0.2, 0)
    assert sorted(len(part) for part in (split.train, split.validation, split.test)) == [2, 2, 8]


@pytest.mark.parametrize("groups", [np.arange(50) // 10, None])
def test_what_no_split_is_drawn_of_hinders_none(groups: np.ndarray | None) -> None:
    """A stratum that a test split, or an outer fold, has all of: no fold and no validation split can have any of it."""
    masks = np.ones((50, 4, 4), np.uint8)
    masks[:10, 0], masks[10:, 0] = 0, 2
    pictures, targets = ArrayPictures(np.zeros((50, 4, 4, 1), np.uint8)), MaskTargets((), ("a", "b", "c"), masks)
    dataset = Dataset(pictures, targets, None, (), "", groups=groups)
    split = split_dataset(dataset, 0.25, 0.0, 0, held_out=np.arange(10))
    assert (len(split.train), len(split.validation)) == (30, 10)
    assert folded(dataset, split, 4, 1, 0).trained == 30


@pytest.mark.parametrize(("pattern", "groups"), [(".*", 12), (r"(\d)\d\.png$", 2)])
def test_names_of_files_say_which_tiles_belong_together(pattern: str, groups: int, tmp_path: Path) -> None:
    """And not names of tiles, of which a pattern may match another part in each."""
    write(tmp_path, X, MASKS)
    dataset = loaded(tmp_path, tiles=16, group=pattern)
    tiles = len(tiles_of((40, 30), (16, 16), 4))
    assert dataset.groups is not None
    np.testing.assert_array_equal(dataset.groups, np.arange(12 * tiles) // tiles // (10 if groups == 2 else 1))


def test_few_stacks_with_groups_of_their_own_are_not_divided(tmp_path: Path) -> None:
    dataset = loaded(stacks(tmp_path, 6), group=r"(\d)")
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0] * 6 + [1] * 6
    assert dataset.notes == ()


def test_blank_pages_are_no_copies(tmp_path: Path) -> None:
    """Else all stacks that begin with one would be one group, which no split divides."""
    stacks(tmp_path, 2)
    for number in range(6):
        pages = X[2 * number : 2 * number + 2, ..., 0].copy()
        pages[0] = 0
        tifffile.imwrite(tmp_path / "images" / f"{number}.tif", pages, photometric="minisblack")
    assert Examined(loaded(tmp_path)).copies == []


def test_outlines_are_of_the_first_page(tmp_path: Path) -> None:
    """Nobody says of which others they would be."""
    tifffile.imwrite(tmp_path / "a.tif", X[:3, ..., 0], photometric="minisblack")
    outline = {"image_id": 1, "category_id": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]}
    images, categories = [{"id": 1, "file_name": "a.tif", "height": 40, "width": 30}], [{"id": 1, "name": "b"}]
    content = {"images": images, "annotations": [outline], "categories": categories}
    (tmp_path / "set.json").write_text(json.dumps(content))
    dataset = loaded(tmp_path / "set.json", source="coco")
    np.testing.assert_array_equal(dataset.pictures.read(np.arange(1)), X[:1])
    assert "are read without the frames or pages after the first one" in dataset.pictures.altered[0]


def test_what_is_no_file_is_not_cut() -> None:
    listing = Listing((PictureFile(Address("https://a.example/b.png"), "b.png"),), RawLabels((("y", np.array(["b"])),)))
    with pytest.raises(InputError, match=r"DATA: the picture 'b\.png' is no file of its own on this disk, and tiles"):
        excerpted(listing, Tiles(size=(16, 16)), "DATA")


def test_arrays_are_not_cut_for_a_model_of_tiles(tmp_path: Path) -> None:
    source = searched(path=str(tmp_path), tiles=16).dataset
    given = {"task": TASK, "source": source}
    np.savez(tmp_path / "whole.npz", x=X, y=MASKS)
    with pytest.raises(InputError, match=r"DATA: the model was trained on tiles of 16 x 16, .* \(got \[40, 30\]"):
        load_labelled(str(tmp_path / "whole.npz"), ("0", "1", "2"), 1, (8, 8), **given)
    for side in (8, 16):
        np.savez(tmp_path / "parts.npz", x=X[:, :side, :side], y=MASKS[:, :side, :side])
        x, _, *_ = load_labelled(str(tmp_path / "parts.npz"), ("0", "1", "2"), 1, (8, 8), **given)
        assert x.shape == (12, 8, 8, 1)


@pytest.mark.parametrize(
    ("shape", "options", "pictures"),
    [
        ((5, 20, 30), {}, [(0,), (1,), (2,), (3,), (4,)]),
        ((2, 3, 20, 30), {"imagej": True, "metadata": {"axes": "ZCYX"}}, [(0, 1, 2), (3, 4, 5)]),
        ((3, 20, 30), {"imagej": True, "metadata": {"axes": "CYX"}}, []),
        ((20, 30, 3), {"photometric": "minisblack"}, []),
        ((20, 30), {}, []),
    ],
)
def test_channels_are_no_pictures(
    shape: tuple[int, ...], options: dict[str, Any], pictures: list[tuple[int, ...]], tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros(shape, np.uint8), **options)
    assert list(pages_of(tmp_path / "a.tif")) == pictures


def test_pages_keep_their_numbers_channels_and_palettes(tmp_path: Path) -> None:
    """Of 16 bits, of channels as pages, and of a palette, whose colours are the picture."""
    wide = np.random.default_rng(0).integers(0, 60000, (12, 2, 8, 9), dtype=np.uint16)
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    tifffile.imwrite(tmp_path / "images" / "a.tif", wide, imagej=True, metadata={"axes": "ZCYX"})
    masks = (wide[:, 0] > 30000).astype(np.uint8)
    pages = [Image.fromarray(mask, "P") for mask in masks]
    for page in pages:
        page.putpalette([0, 0, 0, 255, 0, 0])
    pages[0].save(tmp_path / "masks" / "a.tif", save_all=True, append_images=pages[1:])
    dataset = loaded(tmp_path)
    np.testing.assert_array_equal(dataset.pictures.read(np.arange(12)), np.moveaxis(wide, 1, -1))
    np.testing.assert_array_equal(dataset.targets.values, masks)


def test_large_pictures_are_cut_with_their_masks(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    dataset = loaded(tmp_path, tiles={"size": [16, 12], "overlap": 4})
    tiles = tiles_of((40, 30), (16, 12), 4)
    assert dataset.notes[0].startswith(f"{12 * len(tiles)} tiles of 12 pictures are learnt and judged")
    assert len(dataset.pictures) == 12 * len(tiles)
    assert dataset.pictures.shape == (16, 12)
    pictures, masks = dataset.pictures.read(np.arange(len(tiles))), dataset.targets.values[: len(tiles)]
    told = np.full((40, 30), VOID)
    for tile, picture, mask in zip(tiles, pictures, masks, strict=True):
        np.testing.assert_array_equal(picture, cut(X[0], tile))
        told[tile.core_in_picture] = mask[tile.core_within]
    np.testing.assert_array_equal(told, MASKS[0])
    assert (dataset.targets.values != VOID).sum() == MASKS.size, "each pixel is judged once"
    split = split_dataset(dataset, 0.2, 0.2, 0)
    of_pictures = [{at // len(tiles) for at in part.tolist()} for part in (split.train, split.validation, split.test)]
    assert sum(map(len, of_pictures)) == 12
    judging = {"validation": split.validation, "test": split.test}
    told = dataset.describe(split)["group_of"]
    for name, members in judging.items():
        assert len(set(zip(told[name], (members // len(tiles)).tolist(), strict=True))) == len(set(told[name]))
        assert len(set(told[name])) == len(set((members // len(tiles)).tolist()))
    assert dataset.group_of(split.test).tolist() == told["test"]  # type: ignore[union-attr]  # there are tiles
    assert "group_of" not in loaded(tmp_path).describe(split_dataset(loaded(tmp_path), 0.2, 0.2, 0))


def test_blank_tiles_are_no_copies(tmp_path: Path) -> None:
    """Else the pictures that have some would all be one group, which no split divides."""
    x = X.copy()
    x[:, :16, :16] = 0
    examined = Examined(loaded(write(tmp_path, x, MASKS), tiles={"size": 16, "overlap": 0}))
    assert examined.copies == []
    whole = Examined(loaded(write(tmp_path / "whole", np.zeros_like(x), MASKS)))
    assert examined.traits["high"].min() == 0
    assert whole.copies == [tuple(range(12))]


def test_new_data_is_cut_as_that_of_the_training(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    source = searched(path=str(tmp_path), tiles=16).dataset
    assert source.tiles.shared == 4  # type: ignore[union-attr]
    x, y, _, of = load_labelled(str(tmp_path), ("0", "1", "2"), 1, (16, 16), task=TASK, source=source)
    dataset = load_dataset(source, task=TASK)
    np.testing.assert_array_equal(x, dataset.pictures.read(np.arange(len(x))))
    np.testing.assert_array_equal(y, dataset.targets.values)
    assert of is not None
    pairs = set(zip(of.tolist(), np.repeat(np.arange(12), len(x) // 12).tolist(), strict=True))
    assert len(pairs) == len(set(of.tolist())) == 12


def test_whole_pictures_are_let_go_of_once_all_are_read(tmp_path: Path) -> None:
    """Of large ones two would take gigabytes for the rest of a sweep."""
    dataset = loaded(write(tmp_path, X, MASKS), tiles=16)
    assert excerpts._whole.cache_info().currsize == 0
    dataset.pictures.read(np.arange(4), (8, 8))
    assert excerpts._whole.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("channels", "dtype", "digest"),
    [
        (1, np.uint8, "486f0e551e27"),
        (3, np.uint8, "0050f7b5877e"),
        (5, np.uint16, "fcc23f3821f6"),
        (1, np.float32, "6f07fd1d96cb"),
    ],
)
def test_a_tile_has_the_same_bytes_for_ever(channels: int, dtype: type, digest: str) -> None:
    """What writes them is a library, and a study knows its data again by them."""
    pixels = np.arange(6 * 4 * channels).reshape(6, 4, channels).astype(dtype)
    assert hashlib.sha256(excerpts._encoded(pixels)).hexdigest()[:12] == digest


def test_answers_of_tiles_make_one_of_the_picture() -> None:
    """Also where the network sees tiles at half their size."""
    whole = np.repeat(np.repeat(MASKS[1, ::2, ::2], 2, axis=0), 2, axis=1)
    answers = MaskAnswers(("a", "b", "c"))
    for step in (1, 2):
        parts = [
            (tile, MaskAnswer(cut(whole, tile)[::step, ::step], answers.names))
            for tile in tiles_of((40, 30), (16, 12), 4)
        ]
        np.testing.assert_array_equal(answers.joined(parts).mask, whole)


class Levels:
    """Stands in for a network: the class of each pixel is the third of the brightness that it lies in."""

    input_shape = (None, 16, 16, 1)
    layers = (None,)

    def predict(self, x: np.ndarray, verbose: int) -> np.ndarray:
        del verbose
        return np.eye(3, dtype=np.float32)[x[..., 0] // 86]


def test_a_picture_is_asked_tile_by_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    best = SimpleNamespace(best=SimpleNamespace(config={}, decisive={}))
    monkeypatch.setattr(prediction, "open_best", lambda _: contextlib.nullcontext((tmp_path, best)))
    monkeypatch.setattr(prediction, "load_model", lambda *_: Levels())
    monkeypatch.setattr(prediction, "telling_layer", lambda _: None)
    monkeypatch.setattr(prediction, "_BATCH", 5)
    values = {"values": ValueRange.of(np.dtype(np.uint8), [X]).to_dict()}
    experiment = searched(path=str(tmp_path), tiles={"size": 16, "overlap": 4})
    study = SimpleNamespace(experiment=experiment, environment={"dataset": values}, names=["a", "b", "c"], source="a")
    asked = prediction.Predictor(study).ask(png(X[0]), "a.png")  # type: ignore[arg-type]
    assert isinstance(asked.prediction.answer, MaskAnswer)
    np.testing.assert_array_equal(asked.prediction.answer.mask, X[0, ..., 0] // 86)
    assert (asked.prediction.path, asked.prediction.size) == ("a.png", (40, 30))
    np.testing.assert_array_equal(asked.given[0], X[0, :16, :16])
    assert asked.output.shape == (16, 16, 3)


def png(picture: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(stream, "png")
    return stream.getvalue()


def test_a_stack_of_other_pages_than_its_masks_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the stack '0.tif' has 3 pages, and its masks must have as many \(got 2\)"):
        loaded(stacks(tmp_path, 3, of_masks=2))


def test_a_mask_of_another_size_is_told_of_tiles_too(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    Image.fromarray(MASKS[0, :39]).save(tmp_path / "masks" / "03.png")
    with pytest.raises(
        InputError, match=r"the mask .*03.png must have the size of its picture, 40 x 30 \(got \[39, 30"
    ) as caught:
        loaded(tmp_path, tiles=16)
    assert len(caught.value.problems) == 1, "once, and not of each tile"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"tiles": {"size": 16, "overlap": 16}},
            "must have tiles with an overlap of less than their smaller side, 16 .it is 16",
        ),
        ({"tiles": {"size": 16, "overlap": -1}}, "dataset.tiles.overlap"),
        ({"tiles": {"overlap": 4}}, "dataset.tiles.size"),
        ({"tiles": 0}, "dataset.tiles"),
    ],
)
def test_tiles_that_cannot_be_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        searched(path="a", **keys)


def test_tiles_are_of_masks_alone() -> None:
    keys = {"name": "a", "model": "detector", "task": "detection", "space": {"batch_size": 4}}
    with pytest.raises(InputError, match=r"dataset.tiles: is of masks, which task 'detection' does not read"):
        Experiment(**keys, dataset={"source": "coco", "path": "a.json", "tiles": 16})
