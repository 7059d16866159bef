"""Every check of the table, and what each finds."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.checks.alike import alike_pictures
from cnnsearch.data.checks.check import find_check
from cnnsearch.data.checks.checking import checked_and_split
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.checks.finding import RecordedFinding
from cnnsearch.data.checks.spec import ALLOW, CHECKS, DROP, ERROR
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.sources.spec import ArraysSource, DirectorySource
from cnnsearch.data.split import Split, folded, split_dataset
from cnnsearch.errors import InputError
from cnnsearch.escaping import printable
from cnnsearch.inputs.pictures.traits import traits_of

DEFAULTS = {name: spec.default for name, spec in CHECKS.items()}


def scene(seed: int, size: tuple[int, int] = (90, 120)) -> Image.Image:
    """A smooth picture in colours, unlike any of another seed; ``size`` is (height, width)."""
    fields = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(fields).resize(size[::-1], Image.Resampling.BICUBIC)


def write(path: Path, image: Image.Image, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Twelve pictures of each of two classes."""
    for number in range(24):
        write(tmp_path / "data" / ("cat", "dog")[number % 2] / f"{number:02d}.png", scene(number))
    return tmp_path / "data"


def loaded(root: Path, size: tuple[int, int] | None = (40, 40)) -> Dataset:
    return load_dataset(DirectorySource(source="directory", path=str(root)), size)


def by(validation: float, test: float) -> Callable[[Dataset], Split]:
    return lambda dataset: split_dataset(dataset, validation, test, 0)


def checked(root: Path, shares: tuple[float, float] = (0.25, 0.25), **actions: str) -> tuple[Dataset, Split]:
    return checked_and_split(loaded(root), by(*shares), {**DEFAULTS, **actions})


def found(dataset: Dataset) -> dict[str, str]:
    """Check and kind -> what it says."""
    return {f"{each.check} {each.kind}".strip(): each.text for each in dataset.findings}


@pytest.mark.parametrize("name", CHECKS)
class TestEveryCheck:
    def test_it_declares_actions_that_there_are(self, name: str) -> None:
        spec = CHECKS[name]
        assert {*spec.actions} <= {ALLOW, DROP, ERROR, "keep_together"}
        assert spec.former in spec.actions
        assert ERROR in spec.actions
        assert spec.doc

    def test_it_finds_nothing_in_good_pictures(self, name: str, scenes: Path) -> None:
        examined = Examined(loaded(scenes))
        check, split = find_check(name), Split(np.r_[0:6, 12:18], np.r_[6:9, 18:21], np.r_[9:12, 21:24])
        sets = check.sets(examined)
        assert list(sets) == []
        assert list(check.findings(examined, split, sets)) == []

    def test_it_takes_any_array(self, name: str) -> None:
        rng = np.random.default_rng(0)
        for x in (rng.random((12, 3, 5, 2)), rng.integers(-9, 9, (12, 40, 33)).astype(np.int16), np.zeros((12, 2, 2))):
            examined = Examined(load_dataset(ArraysSource(x=x, y=[0, 1] * 6)))
            check, split = find_check(name), Split(np.arange(8), np.arange(8, 12), np.arange(0))
            sets = check.sets(examined)
            assert all(0 <= index < 12 for members in [*sets, *check.surplus(examined, sets)] for index in members)
            for finding in check.findings(examined, split, sets):
                assert finding.check == name
                assert re.fullmatch(r"[A-Z0-9].*\.", finding.text)
                line = finding.recorded.to_dict()
                assert RecordedFinding.from_dict(line) == finding.recorded
                assert [one.file for each in finding.recorded.examples for one in each] == list(finding.pictures())


def test_exact_copies_stay_in_one_split(scenes: Path) -> None:
    shutil.copy(scenes / "cat" / "00.png", scenes / "cat" / "copy.png")
    write(scenes / "dog" / "pixels.png", Image.open(scenes / "dog" / "01.png"), compress_level=1)
    dataset, split = checked(scenes)
    assert found(dataset) == {
        "duplicates within": "2 of 26 pictures are exact copies of another one of their split, as "
        "cat/copy.png = cat/00.png."
    }
    names = [{dataset.pictures.name(index) for index in part} for part in (split.train, split.validation, split.test)]
    for pair in ({"cat/00.png", "cat/copy.png"}, {"dog/01.png", "dog/pixels.png"}):
        assert sum(pair <= part for part in names) == 1


def test_one_copy_is_told_of_in_the_singular(scenes: Path) -> None:
    shutil.copy(scenes / "cat" / "00.png", scenes / "cat" / "copy.png")
    dataset, _ = checked(scenes)
    assert found(dataset)["duplicates within"] == (
        "1 of 25 pictures is an exact copy of another one of its split, as cat/copy.png = cat/00.png."
    )


def test_near_copies_stay_in_one_split(scenes: Path) -> None:
    write(scenes / "cat" / "small.jpg", scene(0).resize((60, 45)), quality=40)
    write(scenes / "dog" / "large.jpg", scene(1).resize((200, 150)), quality=80)
    write(scenes / "dog" / "bright.png", scene(3).point(lambda value: min(255, int(value * 1.05))))
    dataset, _ = checked(scenes)
    assert {text.split(",")[0] for text in found(dataset).values()} == {
        "3 of 27 pictures are near copies of another one of their split"
    }
    near = {name for members in Examined(dataset).near_copies for name in map(dataset.pictures.name, members)}
    assert near == {f"cat/{name}" for name in ("00.png", "small.jpg")} | {
        f"dog/{name}" for name in ("01.png", "large.jpg", "03.png", "bright.png")
    }


def test_copies_across_folds(scenes: Path) -> None:
    shutil.copy(scenes / "cat" / "00.png", scenes / "cat" / "copy.png")

    def divided(seed: int) -> Callable[[Dataset], Split]:
        return lambda dataset: folded(dataset, split_dataset(dataset, 0.2, 0.0, 0), 4, 1, seed)

    together = [checked_and_split(loaded(scenes), divided(seed), DEFAULTS)[0] for seed in range(6)]
    assert {kind for dataset in together for kind in found(dataset)} == {"duplicates within"}
    actions = {**DEFAULTS, "duplicates": ALLOW}
    allowed = [checked_and_split(loaded(scenes), divided(seed), actions)[0] for seed in range(6)]
    assert (
        "2 of 25 validation pictures are exact copies of training pictures, as cat/00.png = cat/copy.png: what the "
        "models are chosen by is too good."
    ) in {text for dataset in allowed for text in found(dataset).values()}


def test_what_is_dropped(scenes: Path) -> None:
    shutil.copy(scenes / "cat" / "00.png", scenes / "cat" / "copy.png")
    write(scenes / "dog" / "blank.png", Image.new("RGB", (120, 90), "red"))
    dataset, split = checked(scenes, duplicates=DROP, low_information=DROP)
    assert found(dataset) == {
        "duplicates dropped": "1 of 26 pictures is left out (the same picture twice, by its bytes or its pixels), as "
        "cat/copy.png.",
        "low_information dropped": "1 of 25 pictures is left out (blank pictures), as dog/blank.png.",
    }
    assert len(dataset.pictures) == len(split.train) + len(split.validation) + len(split.test) == 24
    assert dataset.fingerprint != loaded(scenes).fingerprint


def test_what_is_dropped_may_leave_a_class_empty(scenes: Path) -> None:
    for number in range(3):
        write(scenes / "emu" / f"{number}.png", Image.new("RGB", (120, 90), (number, 0, 0)))
    with pytest.raises(InputError, match=r"class 'emu' has no readable picture; what is left after checks\.low_info"):
        checked(scenes, low_information=DROP)


def given_splits(scenes: Path) -> Path:
    """With one picture of training in the test split, and one that nearly is."""
    root = scenes.parent / "given"
    for number, path in enumerate(sorted(scenes.glob("*/*.png"))):
        split = "test" if number % 4 == 3 else "train"
        write(root / split / path.parent.name / path.name, Image.open(path))
    shutil.copy(root / "train" / "cat" / "00.png", root / "test" / "cat" / "same.png")
    return root


def test_a_test_split_that_holds_pictures_of_training(scenes: Path) -> None:
    root = given_splits(scenes)
    told = (
        "1 of 7 test pictures is an exact copy of a training picture, as test/cat/same.png = train/cat/00.png: what "
        "the test split gives is too good."
    )
    with pytest.raises(InputError) as caught:
        checked(root)
    assert str(caught.value) == (
        f"checks.duplicates: {told} To go on all the same: checks: {{duplicates: drop}} or {{duplicates: allow}}"
    )
    dataset, _ = checked(root, duplicates=ALLOW)
    assert found(dataset) == {"duplicates test-train": told}
    assert dataset.findings[0].recorded.examples[0][0].file == "checks/duplicates-test-train-1a.png"
    dropped, split = checked(root, duplicates=DROP)
    assert "train/cat/00.png" not in map(dropped.pictures.name, range(len(dropped.pictures)))
    assert len(split.test) == 7
    published, _ = checked_and_split(loaded(root), by(0.25, 0.25), DEFAULTS, is_own_split=False)
    assert found(published) == found(dataset)


def test_one_picture_under_two_labels(scenes: Path) -> None:
    shutil.copy(scenes / "cat" / "00.png", scenes / "dog" / "two.png")
    write(scenes / "cat" / "near.jpg", scene(1).resize((70, 60)), quality=60)
    dataset, _ = checked(scenes)
    assert found(dataset)["conflicting_labels"] == (
        "4 of 26 pictures are copies, or near copies, of each other with other labels, as cat/00.png (cat) = "
        "dog/two.png (dog): one of the labels is wrong."
    )
    dataset, _ = checked(scenes, conflicting_labels=DROP)
    assert len(dataset.pictures) == 22
    for more in ({}, {"duplicates": DROP}):  # of copies the first stays, and one of the labels is wrong all the same
        with pytest.raises(InputError, match=r"checks\.conflicting_labels: 4 of 26"):
            checked(scenes, conflicting_labels=ERROR, **more)
    dropped, _ = checked(scenes, conflicting_labels=DROP, duplicates=DROP, near_duplicates=DROP)
    assert dropped.targets.content() == dataset.targets.content()
    told, _ = checked(scenes, duplicates=DROP, near_duplicates=DROP)
    assert "conflicting_labels" in found(told)


def test_copies_with_other_labels_that_are_left_out_for_another_reason_are_not_told(scenes: Path) -> None:
    for name in ("cat", "dog"):
        write(scenes / name / "blank.png", Image.new("RGB", (120, 90), "white"))
    assert "conflicting_labels" in found(checked(scenes, duplicates=DROP)[0])
    assert "conflicting_labels" not in found(checked(scenes, duplicates=DROP, low_information=DROP)[0])


def test_pictures_that_are_odd(scenes: Path) -> None:
    write(scenes / "cat" / "blank.png", Image.new("RGB", (120, 90), "white"))
    write(scenes / "cat" / "dark.png", scene(50).point(lambda value: value // 8))
    write(scenes / "cat" / "tiny.png", scene(51, (20, 25)))
    write(scenes / "dog" / "long.png", scene(52, (60, 240)))
    write(scenes / "dog" / "grey.jpg", scene(53).convert("L"))
    write(scenes / "dog" / "grey.png", scene(54).convert("L").convert("RGB"))
    dataset, _ = checked(scenes)
    assert found(dataset) == {
        "low_information": "1 of 30 pictures is nearly of one colour, as cat/blank.png: there is nothing to learn "
        "from such a picture.",
        "dark": "1 of 30 pictures is dark all over, as cat/dark.png: what such a picture shows is hard to see.",
        "odd_size": "1 of 30 pictures is far smaller than the others, as cat/tiny.png: such a picture is blurred where "
        "it is enlarged.",
        "odd_aspect_ratio": "1 of 30 pictures is long and narrow, as dog/long.png: where all get one size such "
        "a picture is distorted, or letterboxed small.",
        "grayscale": "2 of 30 pictures are grey among coloured ones (dog: 2), as dog/grey.jpg: a class that has more "
        "of them may be known by that alone.",
    }


def test_what_most_pictures_are_is_not_odd() -> None:
    x = np.random.default_rng(0).integers(0, 20, (10, 40, 40, 3), dtype=np.uint8)
    dataset, _ = checked_and_split(load_dataset(ArraysSource(x=x, y=[0, 1] * 5)), by(0.2, 0.2), DEFAULTS)
    assert found(dataset) == {}


def test_files_that_cannot_be_read(scenes: Path) -> None:
    for name in ("cat/a.png", "dog/b.png"):
        (scenes / name).write_bytes(b"none")
    dataset, _ = checked(scenes)
    told = "2 files cannot be read and take no part (cat: 1, dog: 1), as cat/a.png: not a picture."
    assert found(dataset) == {"unreadable": told}
    with pytest.raises(InputError, match=r"^checks\.unreadable: 2 files cannot be read"):
        checked(scenes, unreadable=ERROR)


def test_names_of_classes(scenes: Path) -> None:
    for number, name in enumerate(("Cat ", "nut", "Nat", "NaN")):
        for other in range(4):
            write(scenes / name / f"{other}.png", scene(100 + 4 * number + other))
    dataset, _ = checked(scenes)
    assert found(dataset) == {
        "class_names alike": "2 classes differ in case, blanks or Unicode form only, as 'cat' and 'Cat ': are they "
        "one?",
        "class_names missing-3": "4 pictures are of the class 'NaN', which reads as a missing value.",
    }


def test_names_of_classes_that_are_one_number_or_look_the_same() -> None:
    rng = np.random.default_rng(0)
    others = ("9007199254740992", "9007199254740993", "0e12", "0e34")  # as floats they were alike
    names = np.array(["1", "01", "1.0", "rose", "r\u043ese", "ro\u200bse", "\u03a1ose", *others]).repeat(10)
    x = rng.integers(0, 256, (len(names), 8, 8), dtype=np.uint8)
    dataset, _ = checked_and_split(load_dataset(ArraysSource(x=x, y=names)), by(0.2, 0.2), DEFAULTS)
    assert found(dataset) == {
        "class_names alike": "3 classes differ in the writing of a number only, as '01' and '1' and '1.0': are they "
        "one?",
        "class_names look": "3 classes have names that look the same and are not, as 'rose' and 'ro\\u200bse' and "
        "'r\\u043ese': are they one?",
    }


def test_names_that_are_no_utf_8_stay_apart(scenes: Path) -> None:
    """Two classes in cp1251 that look the same where their bytes are replaced."""
    for number, name in enumerate((b"\xea\xee\xf8\xea\xe0", b"\xf1\xee\xe1\xe0\xea\xe0")):
        folder = os.fsencode(scenes) + b"/" + name
        os.mkdir(folder)
        for other in range(4):
            write(Path(os.fsdecode(folder)) / f"{other}.png", scene(200 + 4 * number + other))
        shutil.copy(os.fsdecode(folder) + "/0.png", os.fsdecode(folder) + "/copy.png")
    dataset, split = checked(scenes)
    assert len(dataset.targets.names) == 4
    assert len(set(dataset.describe(split)["counts"]["train"])) == 4
    names_told, finding = sorted(dataset.findings, key=lambda finding: finding.check)
    assert not names_told.doubtful
    assert printable(names_told.text) == (
        "2 classes have names that are no UTF-8, shown by bytes, which do not tell the encoding: "
        r"'\xea\xee\xf8\xea\xe0' (cp1251: кошка, cp1252: êîøêà); "
        r"'\xf1\xee\xe1\xe0\xea\xe0' (cp1251: собака, cp1252: ñîáàêà, cp866: ёюсрър, gb18030: 耦徉赅)."
    )
    names = {one.name for example in finding.recorded.examples for one in example}
    assert {os.fsencode(name.split("/")[0]) for name in names} == {b"\xea\xee\xf8\xea\xe0", b"\xf1\xee\xe1\xe0\xea\xe0"}


def test_imbalance_and_shift() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 120, (240, 8, 8), dtype=np.uint8), np.repeat([0, 1], [220, 20])
    source = ArraysSource(x=x, y=y, x_test=rng.integers(90, 256, (80, 8, 8), dtype=np.uint8), y_test=[0, 1] * 40)
    dataset, _ = checked_and_split(load_dataset(source), by(0.25, 0.0), DEFAULTS)
    assert found(dataset) == {
        "imbalance": "Class '0' has 165 training pictures and class '1' 15: accuracy hardly asks for the small ones "
        "(class_weights, oversampling, focal_gamma; val_balanced_accuracy).",
        "shift test": "The test pictures differ from those of training: mean brightness 0.67 and 0.23 of 1; class '1' "
        "has a share of 50% and 8%.",
    }


def test_a_shift_is_told_only_where_groups_do_not_explain_it() -> None:
    rng = np.random.default_rng(0)
    levels = np.repeat([20, 220, 20, 220, 220], [20, 40, 20, 30, 10])  # each of these 10 pictures a patient, all alike
    x = (levels[:, None, None] + rng.integers(0, 20, (120, 8, 8))).astype(np.uint8)
    arrays = {"x": x[:80], "y": [0, 1] * 40, "x_test": x[80:], "y_test": [0, 1] * 20}
    dataset = load_dataset(ArraysSource(**arrays))
    bright = "The test pictures differ from those of training: mean brightness "
    alone, _ = checked_and_split(dataset, by(0.25, 0.0), DEFAULTS)
    assert found(alone)["shift test"].startswith(bright)
    grouped, _ = checked_and_split(replace(dataset, groups=np.arange(120) // 10), by(0.25, 0.0), DEFAULTS)
    assert "shift test" not in found(grouped)


def test_groups_that_a_given_split_divides() -> None:
    x = np.random.default_rng(0).integers(0, 255, (12, 8, 8), dtype=np.uint8)
    dataset = load_dataset(ArraysSource(x=x, y=[0, 1] * 6))
    given = np.array(["train"] * 8 + ["test"] * 4)
    object.__setattr__(dataset, "given", given)
    object.__setattr__(dataset, "groups", np.array([0, 1, 2, 3, 4, 5, 6, 6, 1, 7, 8, 9]))
    told, _ = checked_and_split(dataset, by(0.25, 0.0), DEFAULTS)
    assert re.fullmatch(
        r"The data's own split divides 1 groups, as that of x\[1\] \(\w+\) and x\[8\] \(test\): .* not unseen\.",
        found(told)["groups"],
    )


def test_pictures_that_all_look_alike_are_no_copies() -> None:
    """As X-rays: where everything is like everything, chains of near copies would be one group."""
    base = np.asarray(scene(0, (64, 64)))
    noise = np.random.default_rng(0).integers(-9, 10, (60, 64, 64, 3))
    x = np.clip(base.astype(int) + noise, 0, 255).astype(np.uint8)
    dataset, _ = checked_and_split(load_dataset(ArraysSource(x=x, y=[0, 1] * 30)), by(0.2, 0.2), DEFAULTS)
    assert found(dataset) == {
        "near_duplicates alike": "The pictures look too much alike for near copies to be told: exact ones alone are "
        "found."
    }
    assert dataset.groups is None


def test_another_object_on_an_even_ground_is_no_near_copy() -> None:
    """As tiles of a scan, and pictures to find few objects on: most of what is the same there is the ground."""
    one = np.full((64, 64, 3), 60, np.uint8)
    one[34:44, 34:44] = 210
    brighter, other = one + np.uint8(8), one.copy()
    other[4:8, 50:56] = 210
    x = np.stack([one, brighter, other])
    dataset = load_dataset(ArraysSource(source="arrays", x=x, y=np.array(["a", "b", "a"])))
    assert alike_pictures(traits_of(dataset.pictures), np.arange(3)).pairs.tolist() == [[0, 1]]


def test_pairs_are_those_of_comparing_all_with_all() -> None:
    rng = np.random.default_rng(1)
    base = rng.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    fields = np.clip(base[rng.integers(0, 40, 60)].astype(int) + rng.integers(-12, 13, (60, 8, 8, 3)), 0, 255)
    x = fields.astype(np.uint8).repeat(5, axis=1).repeat(5, axis=2)
    traits = traits_of(load_dataset(ArraysSource(x=x, y=[0, 1] * 30)).pictures)
    bits = np.bitwise_count(traits["hash"][:, None] ^ traits["hash"])
    apart = ((traits["colours"][:, None].astype(float) - traits["colours"]) ** 2).mean(axis=(2, 3, 4)) ** 0.5
    expected = {(i, j) for i, j in np.argwhere((bits <= 10) & (apart <= 12)).tolist() if i < j}
    pairs = alike_pictures(traits, np.arange(60)).pairs
    assert {tuple(sorted(pair)) for pair in pairs.tolist()} == expected
    assert len(expected) >= 3


def test_traits_are_those_of_the_pixels_at_hand(scenes: Path) -> None:
    at_hand, decoded = (traits_of(loaded(scenes, size).pictures) for size in ((40, 40), None))
    assert np.bitwise_count(at_hand["hash"] ^ decoded["hash"]).max() <= 10
    assert np.abs(at_hand["mean"] - decoded["mean"]).max() < 2
    white = traits_of(load_dataset(ArraysSource(x=np.ones((2, 40, 40)), y=[0, 1])).pictures)
    assert white["tint"].tolist() == [0, 0]
