"""Masks as sources bring them: files, arrays, tables; indices, colours, yes and no; and what is wrong with them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from masked import squares, write
from PIL import Image, ImageOps

from cnnsearch.data.checks.conflicting_labels import CHECK
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.labelled import load_labelled
from cnnsearch.data.sources.keys import MaskedSource
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.data.stages import pixels
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.checks.aim_problems import aim_problems
from cnnsearch.sweep.split_file import _arrays
from cnnsearch.tasks import TASKS
from cnnsearch.training.pace import PaceSample

TASK = TASKS["segmentation"]
X, MASKS = squares(20)
TABLE = {"background": [0, 0, 0], "low": [255, 0, 0], "high": [0, 0, 255]}
COLOURS = np.array(list(TABLE.values()), np.uint8)


def searched(dataset: Any, **keys: Any) -> Experiment:
    return Experiment(
        **{"name": "a", "model": "unet", "task": "segmentation", "space": {"filters": 4}, "dataset": dataset, **keys}
    )


def loaded(dataset: Any) -> Dataset:
    return load_dataset(searched(dataset).dataset, task=TASK)


def masks_of(dataset: Dataset) -> np.ndarray:
    return dataset.targets.at(np.arange(len(dataset.pictures)), None)


def coloured(folder: Path) -> dict[str, Any]:
    write(folder, X, COLOURS[MASKS])
    return {"source": "masks", "mask_classes": TABLE}


def of_palette(folder: Path) -> dict[str, Any]:
    """As PASCAL VOC has them."""
    write(folder, X, MASKS)
    for number, mask in enumerate(MASKS):
        image = Image.fromarray(mask).convert("L")
        image.putpalette([level for at in range(256) for level in (at, 0, 255 - at)])
        image.save(folder / "masks" / f"{number:02d}.png")
    return {"source": "masks"}


def of_coloured_palette(folder: Path) -> dict[str, Any]:
    """Likewise, where it is said which class has which colour."""
    write(folder, X, MASKS)
    for number, mask in enumerate(MASKS):
        image = Image.fromarray(mask)
        image.putpalette([level for colour in COLOURS for level in colour.tolist()])
        image.save(folder / "masks" / f"{number:02d}.png")
    return {"source": "masks", "mask_classes": TABLE}


def suffixed(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS, "{name}_seg", "photos")
    return {"source": "masks", "mask_name": "{name}_seg", "images": "photos"}


def nested(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    for kind in ("images", "masks"):
        (folder / kind / "town").mkdir()
        (folder / kind / "03.png").rename(folder / kind / "town" / "03.png")
    (folder / "masks" / "unused.png").write_bytes((folder / "masks" / "00.png").read_bytes())
    return {"source": "masks"}


def table(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    rows = [f"images/{number:02d}.png,masks/{number:02d}.png" for number in range(len(X))]
    (folder / "pairs.csv").write_text("\n".join(["path,mask", *rows]))
    return {"source": "csv", "label_column": "mask", "path": str(folder / "pairs.csv")}


def arrays(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    np.savez(folder / "a.npz", x=X, y=MASKS)
    return {"source": "npz", "path": str(folder / "a.npz")}


def arrays_of_colours(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    np.savez(folder / "a.npz", x=X, y=COLOURS[MASKS])
    return {"source": "npz", "path": str(folder / "a.npz"), "mask_classes": TABLE}


@pytest.mark.parametrize(
    "make",
    [coloured, of_palette, of_coloured_palette, suffixed, table, arrays, arrays_of_colours],
    ids=lambda make: make.__name__,
)
def test_they_come_to_the_same(make: Callable[[Path], dict[str, Any]], tmp_path: Path) -> None:
    given = make(tmp_path / "set")
    dataset = loaded({"path": str(tmp_path / "set"), **given})
    np.testing.assert_array_equal(masks_of(dataset), MASKS)
    np.testing.assert_array_equal(dataset.pictures.read(np.arange(20)), X)
    assert dataset.targets.names == (tuple(TABLE) if "mask_classes" in given else ("0", "1", "2"))
    assert set(dataset.targets.strata.names) == {
        dataset.targets.told(0).replace(", ", " + "),
        *dataset.targets.strata.names,
    }


def test_those_of_nested_folders_go_with_their_pictures(tmp_path: Path) -> None:
    given = nested(tmp_path / "set")
    dataset = loaded({"path": str(tmp_path / "set"), **given})
    names = [dataset.pictures.name(at)[-6:-4] for at in range(20)]
    np.testing.assert_array_equal(masks_of(dataset), MASKS[[int(name) for name in names]])
    assert any("masks without a picture" in str(left) for left in dataset.left_out)


def test_folders_of_splits_are_splits(tmp_path: Path) -> None:
    write(tmp_path / "train", X, MASKS)
    write(tmp_path / "val", X[:6], MASKS[:6])
    dataset = loaded({"source": "masks", "path": str(tmp_path)})
    assert (dataset.given == "train").sum() == 20
    assert (dataset.given == "validation").sum() == 6


def test_folders_of_splits_within_those_of_pictures_and_masks_are_splits(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    for kind in ("images", "masks"):
        for number in range(20):
            folder = tmp_path / kind / ("train" if number < 12 else "val" if number < 16 else "test")
            folder.mkdir(exist_ok=True)
            (tmp_path / kind / f"{number:02d}.png").rename(folder / f"{number:02d}.png")
    dataset = loaded({"source": "masks", "path": str(tmp_path)})
    order = [int(dataset.pictures.name(at)[-6:-4]) for at in range(20)]
    wanted = ["train" if number < 12 else "validation" if number < 16 else "test" for number in order]
    np.testing.assert_array_equal(dataset.given, wanted)
    np.testing.assert_array_equal(masks_of(dataset), MASKS[order])


def test_lists_of_voc_are_splits_and_what_they_do_not_name_needs_no_mask(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    (tmp_path / "masks" / "19.png").unlink()
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "trainval.txt").write_text("\n".join(f"{number:02d}" for number in range(14)))
    (lists / "test.txt").write_text("\n".join(f"{number:02d}" for number in range(14, 19)))
    dataset = loaded({"source": "masks", "path": str(tmp_path)})
    np.testing.assert_array_equal(dataset.given, ["train"] * 14 + ["test"] * 5)
    assert "pictures that no list of ImageSets/Segmentation names: 1 (19.png)" in map(str, dataset.left_out)


def test_names_of_pictures_and_masks_may_both_have_more_in_them(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS, "{name}_gtFine_labelIds")
    write(tmp_path, X, COLOURS[MASKS], "{name}_gtFine_color")
    for file in (tmp_path / "images").iterdir():
        file.rename(file.with_name(f"{file.stem}_leftImg8bit.png"))
    names = {"image_name": "{name}_leftImg8bit", "mask_name": "{name}_gtFine_labelIds"}
    dataset = loaded({"source": "masks", "path": str(tmp_path), **names})
    np.testing.assert_array_equal(masks_of(dataset), MASKS)
    (left,) = dataset.left_out
    assert (left.count, left.expected) == (20, True)


def test_pictures_and_masks_may_lie_side_by_side(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS, "{name}_mask")
    for file in (tmp_path / "masks").iterdir():
        file.rename(tmp_path / "images" / file.name)
    keys = {"images": "images", "masks": "images", "mask_name": "{name}_mask"}
    dataset = loaded({"source": "masks", "path": str(tmp_path), **keys})
    np.testing.assert_array_equal(masks_of(dataset), MASKS)
    assert not dataset.left_out


def test_pictures_without_a_mask_are_left_out_where_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    (tmp_path / "masks" / "03.png").unlink()
    source = searched({"source": "masks", "path": str(tmp_path)}).dataset
    dataset = load_dataset(source, task=TASK, drops_missing=True)
    np.testing.assert_array_equal(masks_of(dataset), np.delete(MASKS, 3, axis=0))
    assert [str(left) for left in dataset.left_out] == ["pictures without a mask: 1 (03.png)"]


def test_noise_of_a_jpeg_is_of_no_class(tmp_path: Path) -> None:
    x, masks = squares(6, size=(48, 64))
    masks = np.kron(masks[:, ::6, ::8], np.ones((1, 6, 8), np.uint8))
    write(tmp_path, x, masks)
    for number, mask in enumerate(masks):
        (tmp_path / "masks" / f"{number:02d}.png").unlink()
        Image.fromarray((mask > 0).astype(np.uint8) * 255).save(tmp_path / "masks" / f"{number:02d}.jpg", quality=75)
    assert any(np.unique(np.asarray(Image.open(each))).size > 2 for each in (tmp_path / "masks").iterdir())
    dataset = loaded({"source": "masks", "path": str(tmp_path), "mask_binary": True})
    np.testing.assert_array_equal(masks_of(dataset), masks > 0)


def test_a_grey_palette_of_two_classes_is_read_as_it_is_shown(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    for number, mask in enumerate(MASKS):
        image = Image.fromarray((mask == 0).astype(np.uint8))
        image.putpalette([255, 255, 255, 0, 0, 0])
        image.save(tmp_path / "masks" / f"{number:02d}.png")
    dataset = loaded({"source": "masks", "path": str(tmp_path), "mask_binary": True})
    np.testing.assert_array_equal(masks_of(dataset), MASKS > 0)


def test_binary_masks_and_void(tmp_path: Path) -> None:
    masks = np.where(MASKS > 0, 255, 0).astype(np.uint8)
    masks[:, 0] = 7
    dataset = loaded({"source": "masks", "path": str(write(tmp_path, X, masks)), "mask_binary": True, "mask_void": 7})
    expected = np.where(masks == 7, 255, masks > 0)
    np.testing.assert_array_equal(masks_of(dataset), expected)
    assert dataset.targets.names == ("background", "foreground")


def test_black_and_white_are_colours_where_these_are_named(tmp_path: Path) -> None:
    write(tmp_path, X, MASKS)
    for number, mask in enumerate(MASKS):
        Image.fromarray(mask > 0).save(tmp_path / "masks" / f"{number:02d}.png")
    classes = {"low": [0, 0, 0], "high": [255, 255, 255]}
    dataset = loaded({"source": "masks", "path": str(tmp_path), "mask_classes": classes})
    np.testing.assert_array_equal(masks_of(dataset), MASKS > 0)


def test_a_colour_may_be_void(tmp_path: Path) -> None:
    masks = COLOURS[MASKS]
    masks[:, -1] = (9, 9, 9)
    given = {"source": "masks", "path": str(write(tmp_path, X, masks)), "mask_classes": TABLE, "mask_void": [9, 9, 9]}
    assert (masks_of(loaded(given))[:, -1] == 255).all()


def test_masks_are_stretched_with_their_pictures(tmp_path: Path) -> None:
    """By the nearest pixel: no class is made that was not there."""
    x, masks = squares(10, size=(16, 12))
    write(tmp_path, x[:5], masks[:5])
    wide, of_wide = squares(5, 1, (9, 20))
    for number, (picture, mask) in enumerate(zip(wide, of_wide, strict=True), 5):
        Image.fromarray(picture[:, :, 0]).save(tmp_path / "images" / f"{number:02d}.png")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{number:02d}.png")
    dataset = loaded({"source": "masks", "path": str(tmp_path)})
    split = split_dataset(dataset, 0.2, 0.2, 0)
    found = pixels(dataset, split, (8, 6))
    assert found.y_train.shape == (len(split.train), 8, 6)
    for place, index in enumerate(split.train):
        whole = dataset.targets.at(np.array([index]), None)[0]
        assert set(np.unique(found.y_train[place])) <= set(np.unique(whole))
        if index < 5:  # to a half: the pixel at the centre of two is the second
            np.testing.assert_array_equal(found.y_train[place], whole[1::2, 1::2])


def turned(path: Path, orientation: int) -> np.ndarray:
    """Let a file say which way is up, and give how it stands then."""
    exif = Image.Exif()
    exif[274] = orientation
    with Image.open(path) as image:
        image.load()
    image.save(path, exif=exif)
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_mask_is_turned_by_its_own_exif_data_and_a_turned_picture_is_told(
    orientation: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"source": "masks", "path": str(write(tmp_path, X, MASKS))}
    assert loaded(given).notes == ()
    picture = turned(tmp_path / "images" / "03.png", orientation)
    dataset = loaded(given)
    np.testing.assert_array_equal(dataset.pictures.read(np.array([3]))[0, :, :, 0], picture)
    np.testing.assert_array_equal(masks_of(dataset), MASKS)
    assert dataset.notes == (
        "1 of 20 pictures is turned upright by its EXIF data, as 03.png: masks and boxes must be of the upright "
        "pictures, as nothing turns them but EXIF data of a mask's own",
    )
    load_labelled(given["path"], ("a", "b", "c"), 1, (8, 8), task=TASK)
    assert caplog.messages[-1:] == [*dataset.notes]
    mask = turned(tmp_path / "masks" / "03.png", orientation)
    np.testing.assert_array_equal(masks_of(loaded(given))[3], mask)


def of_two_sizes(folder: Path) -> Path:
    """Ten pictures of each, of which the second ten are copies of one with masks of different classes."""
    write(folder, *squares(10, size=(16, 12)))
    x, masks = squares(1, 1, (9, 20))
    for number in range(10, 20):
        Image.fromarray(x[0, :, :, 0]).save(folder / "images" / f"{number:02d}.png")
        Image.fromarray(masks[0] * np.uint8(1 + number % 2)).save(folder / "masks" / f"{number:02d}.png")
    return folder


def test_copies_with_other_masks_are_found_among_pictures_of_several_sizes(tmp_path: Path) -> None:
    found = CHECK.sets(Examined(loaded({"source": "masks", "path": str(of_two_sizes(tmp_path))})))
    assert tuple(range(10, 20)) in found


def test_the_file_of_splits_and_the_pace_have_masks_of_the_size_of_pictures(tmp_path: Path) -> None:
    """Also where there are none, as without a test split."""
    dataset = loaded({"source": "masks", "path": str(of_two_sizes(tmp_path))})
    places = {"train": np.arange(5, 15), "test": np.arange(0)}
    found = _arrays(dataset, places, (8, 6))
    assert {found[f"{kind}_{name}"].shape[:3] for kind in "xy" for name in places} == {(10, 8, 6), (0, 8, 6)}
    np.testing.assert_array_equal(found["y_train"], dataset.targets.at(places["train"], (8, 6)))
    made = PaceSample.of(dataset, split_dataset(dataset, 0.2, 0.2, 0), 2).pixels((8, 6))
    assert made.y_train.shape == made.x_train.shape[:3] == (8, 8, 6)


def test_a_class_that_no_picture_of_a_split_shows_is_no_aim() -> None:
    """Every second picture shows it."""
    experiment, dataset = searched((X, MASKS), objective="val_iou[2]"), loaded((X, MASKS))
    for validation, count in (([0, 2, 4], 1), ([0, 1, 2], 0)):
        split = Split(np.setdiff1d(np.arange(20), validation), np.array(validation), np.arange(0))
        assert len(list(aim_problems(experiment, dataset, split))) == count


def test_classes_that_a_split_lacks_are_told() -> None:
    masks = np.uint8([[[0, 1]], [[0, 1]], [[0, 2]]])
    told = TASK.targets(masks, ("ground", "cell", "edge"))
    splits = {"train": np.array([0]), "validation": np.array([2]), "test": np.array([1])}
    assert told.describe(splits)["notes"] == [
        "no mask for train shows edge, so that it cannot be learnt, and counts as 0 in the means of what judges",
        "no mask for validation shows cell, so that it is judged there only where it is told wrongly",
        "no mask for test shows edge, so that it is judged there only where it is told wrongly",
    ]


def test_labelled_data_for_a_model_is_read_as_that_of_its_training(tmp_path: Path) -> None:
    source = searched({"source": "masks", "path": "x", "mask_classes": TABLE}).dataset
    assert isinstance(source, MaskedSource)
    data = write(tmp_path, X, COLOURS[MASKS])
    x, y, *_ = load_labelled(str(data), tuple(TABLE), 1, (8, 8), task=TASK, source=source)
    np.testing.assert_array_equal(y, MASKS)
    assert x.shape == X.shape
    np.savez(tmp_path / "a.npz", x=X, y=COLOURS[MASKS])
    np.testing.assert_array_equal(
        load_labelled(str(tmp_path / "a.npz"), tuple(TABLE), 1, (4, 4), task=TASK, source=source)[1],
        MASKS[:, 1::2, 1::2],
    )


def broken(mask: np.ndarray) -> Callable[[Path], dict[str, Any]]:
    """A set whose fourth mask is another one."""

    def make(folder: Path) -> dict[str, Any]:
        write(folder, X, MASKS)
        Image.fromarray(mask).save(folder / "masks" / "03.png")
        return {}

    return make


def without(name: str) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        write(folder, X, MASKS)
        (folder / name).rename(folder / "gone")
        return {}

    return make


def twice(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    Image.fromarray(MASKS[3]).save(folder / "masks" / "03.bmp")
    return {}


def torn(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    (folder / "masks" / "03.png").write_bytes(b"no picture")
    return {}


def of_pages(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    (folder / "masks" / "03.png").unlink()
    first, *others = (Image.fromarray(mask) for mask in MASKS[:3])
    first.save(folder / "masks" / "03.tif", save_all=True, append_images=others)
    return {}


def all_as(value: int, **keys: Any) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        write(folder, X, np.full_like(MASKS, value))
        return keys

    return make


def as_given(masks: np.ndarray, x: np.ndarray = X, **keys: Any) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        write(folder, x, masks)
        return keys

    return make


def no_mask_in_a_row(folder: Path) -> dict[str, Any]:
    given = table(folder)
    (folder / "masks" / "03.png").unlink()
    return given


def stored(y: np.ndarray, **keys: Any) -> Callable[[Path], dict[str, Any]]:
    def make(folder: Path) -> dict[str, Any]:
        folder.mkdir()
        np.savez(folder / "a.npz", x=X, y=y)
        return {"source": "npz", "path": str(folder / "a.npz"), **keys}

    return make


def slices(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    for file in (folder / "images").iterdir():
        file.rename(file.with_suffix(".dcm"))
    return {}


def swapped_palette(folder: Path) -> dict[str, Any]:
    """The fourth mask shows the same as if its palette were that of the others."""
    of_palette(folder)
    image = Image.fromarray(np.choose(MASKS[3], [1, 0, 2]).astype(np.uint8))
    image.putpalette([1, 0, 254, 0, 0, 255, 2, 0, 253])
    image.save(folder / "masks" / "03.png")
    return {}


def of_jpeg(folder: Path, **keys: Any) -> dict[str, Any]:
    write(folder, X, MASKS)
    (folder / "masks" / "03.png").unlink()
    Image.fromarray(MASKS[3] * 20).save(folder / "masks" / "03.jpg")
    return keys


def others_called(folder: Path) -> dict[str, Any]:
    write(folder, X, MASKS)
    for mask in sorted((folder / "masks").iterdir()):
        mask.rename(mask.with_stem(f"{mask.stem}_m"))
    return {}


OUT_OF_RANGE = np.where(MASKS == 2, 9, MASKS).astype(np.uint8)
BAD: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "a mask is missing": (without("masks/03.png"), r"the picture '03.png' has no mask: 'masks' has no '03' with any"),
    "all masks are called otherwise": (
        others_called,
        r"no picture has a mask in 'masks': a mask there is '00_m.png', a picture '00.png'; image_name and mask_name "
        r"say how they are called, and are '\{name\}' and '\{name\}'",
    ),
    "the folder of masks is missing": (without("masks"), r"needs the folders 'images' and 'masks', and has no 'masks'"),
    "a picture has two masks": (twice, r"the picture '03.png' has several masks, 03.bmp and 03.png"),
    "a mask is no picture": (torn, r"the mask .*03.png cannot be read"),
    "a mask has pages": (of_pages, r"the mask .*03.tif has several pages, and a picture has one mask.* \(got 3\)"),
    "a mask has another size": (
        broken(MASKS[3, :5]),
        r"the mask of .*03.png must have the size of its picture, 8 x 8 \(got '5 x 8'\)",
    ),
    "a mask is not upright as its picture": (
        as_given(np.arange(20 * 72, dtype=np.uint8).reshape(20, 8, 9) % 2, x=np.zeros((20, 9, 8, 1), np.uint8)),
        r"must have the size of its picture, 9 x 8: EXIF data turns a picture upright, and its mask must be upright",
    ),
    "a mask of a table is missing": (no_mask_in_a_row, r"line 5: the mask .*03.png is not there"),
    "a colour without a table": (as_given(COLOURS[MASKS]), r"which class has which is not known: give them as mask_"),
    "an unknown colour": (
        as_given(COLOURS[MASKS], mask_classes={"a": [0, 0, 0], "b": [255, 0, 0]}),
        r"the mask .*01.png has at row \d, column \d a colour that is none of mask_classes.* \(got \[0, 0, 255\]\)",
    ),
    "an index without a class": (
        as_given(OUT_OF_RANGE, mask_classes=["a", "b", "c"]),
        r"has at row \d, column \d an index that no class has: they go from 0 to 2; say mask_void .* \(got 9\)",
    ),
    "palettes that differ": (
        swapped_palette,
        r"shows the colour \[0, 0, 255\] by the index 1 of its palette, and .* by",
    ),
    "levels of grey for classes": (
        as_given(MASKS * 100),
        r"have the values 0, 100, 200 alone.* from 0 to 200: say .* mask_classes: \{NAME: \[200, 200, 200\], ...\}",
    ),
    "a JPEG of indices": (
        of_jpeg,
        "is a JPEG, which changes the indices of classes: save masks as PNG, or say mask_bin",
    ),
    "a dark JPEG": (functools.partial(of_jpeg, mask_binary=True), "is a JPEG without a bright pixel"),
    "no pictures but slices": (
        slices,
        r"'images' has no pictures; it has files that end in .dcm.*save each slice as PNG",
    ),
    "masks of 0 and 255": (
        as_given(np.where(MASKS > 0, 255, 0).astype(np.uint8)),
        r"they go from 0 to 254; say mask_void .*, mask_binary: true .* \(got 255\)",
    ),
    "all void": (all_as(255, mask_void=255, mask_classes=["a", "b"]), "all masks are void: there is nothing to learn"),
    "one class alone": (all_as(1, mask_classes=["a", "b"]), r"all masks show one class alone.* \(got 'b'\)"),
    "labels of whole pictures": (stored(np.arange(20) % 3), r"masks must have the shape \(n, height, width\).*\(20,\)"),
    "masks of fractions": (stored(MASKS / 2), r"y\[0\]: the mask must hold whole numbers"),
    "masks below 0": (stored(MASKS.astype(int) - 1), r"an index that no class has: they go from 0 to 254.*got -1"),
    "too few masks": (stored(MASKS[:9]), "needs one label for each picture"),
    "masks of other sizes in arrays": (stored(MASKS[:, :4]), "must have the size of its picture, 8 x 8"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_masks_are_told(case: str, tmp_path: Path) -> None:
    make, message = BAD[case]
    keys = {"source": "masks", "path": str(tmp_path / "set"), **make(tmp_path / "set")}
    with pytest.raises(InputError, match=message) as caught:
        loaded(keys)
    assert len(caught.value.problems) <= 10


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a source without masks": ({"dataset": "mnist"}, "brings no masks, which task 'segmentation' learns from"),
    "masks for another task": (
        {"task": "classification", "model": "cnn"},
        "dataset.source: brings masks, which task 'classification' does not read: say task: segmentation",
    ),
    "what masks mean for another task": (
        {"task": "regression", "model": "cnn", "dataset": {"source": "npz", "path": "a.npz", "mask_binary": True}},
        "dataset.mask_binary: is of masks, which task 'regression' does not read",
    ),
    "several sizes": (
        {"space": {"filters": 4, "image_size": {"choice": [16, 24]}}},
        "space.image_size: must be one size for task 'segmentation'",
    ),
    "cutmix": (
        {"space": {"filters": 4, "cutmix": 0.5}},
        "has no target for a picture that cutmix made of two: it takes mixup",
    ),
    "names for three of two": (
        {"dataset": {"source": "masks", "path": "a", "mask_binary": True, "mask_classes": ["a", "b", "c"]}},
        "must have two names in mask_classes where mask_binary is true",
    ),
    "one colour twice": (
        {"dataset": {"source": "masks", "path": "a", "mask_classes": {"a": [0, 0, 0], "b": [0, 0, 0]}}},
        "must give each of its mask_classes a colour of its own",
    ),
    "void as a colour of a class": (
        {"dataset": {"source": "masks", "path": "a", "mask_classes": TABLE, "mask_void": 0}},
        "must have a mask_void that is the colour of no class",
    ),
    "a name without a name": (
        {"dataset": {"source": "masks", "path": "a", "mask_name": "mask"}},
        r"dataset.mask_name: must have \{name\} in it once, and no slash",
    ),
    "classes of pictures": (
        {"dataset": {"source": "digit_scenes", "classes": ["a", "b"]}},
        "knows no classes of pictures",
    ),
    "a family of the user's own": (
        {"model": "own_families:DECLARED", "space": {"batch_size": 4}},
        "model: gives a vector, and task 'segmentation' tells its answers from a map, as unet gives",
    ),
    "a family of vectors": ({"model": "cnn"}, "task 'segmentation' tells its answers from a map, as unet gives"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_at_reading(case: str) -> None:
    keys, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        searched(**{"dataset": {"source": "digit_scenes"}, **keys})
