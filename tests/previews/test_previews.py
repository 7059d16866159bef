"""The preview: which strengths it shows, what it draws, and that it says in words what it cannot do."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call, refuse
from PIL import Image

import cnnsearch
from cnnsearch.data.remarks import remarks
from cnnsearch.experiment import Experiment
from cnnsearch.previews.draws import drawn
from cnnsearch.previews.ends import ends_of, together
from cnnsearch.previews.pictures import shown
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.tasks.detection.boxes import crowd_of

RANGE = (0.0, 255.0)


def searching(space: dict[str, Any], **keys: Any) -> Experiment:
    return Experiment(name="seen", space={"learning_rate": 0.01, **space}, **keys)


def pictures(count: int = 12, side: int = 6) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


class TestEnds:
    def test_of_ranges_choices_and_constants(self) -> None:
        experiment = searching(
            {
                "random_zoom": {"float": [0.1, 0.4]},
                "mixup": {"choice": [0.4, 0.0, 0.2]},
                "random_flip": {"choice": ["both", "none", "horizontal"]},
                "gaussian_noise": 0.05,
                "random_hue": 0.0,
                "fill_mode": "wrap",
            }
        )
        found = {name: {end.names: end.values[name] for end in ends} for name, ends in ends_of(experiment).items()}
        assert found["random_zoom"][("high end",)] == 0.4
        assert found["mixup"] == {("low end", "recommended"): 0.0, ("high end",): 0.4}
        assert found["random_flip"][("low end",)] == "none"
        assert found["random_flip"][("high end",)] == "both"
        assert found["gaussian_noise"] == {("low end", "recommended", "high end"): 0.05}
        assert "random_hue" not in found
        assert "fill_mode" not in found

    def test_what_moves_is_filled_as_the_space_says(self) -> None:
        experiment = searching({"random_zoom": {"float": [0.0, 0.4]}, "random_hue": 0.1, "fill_mode": "constant"})
        found = ends_of(experiment)
        assert found["random_zoom"][-1].values == {"random_zoom": 0.4, "fill_mode": "constant"}
        assert found["random_zoom"][0].is_off
        assert found["random_hue"][0].values == {"random_hue": 0.1}

    def test_together_all_have_the_same_end(self) -> None:
        experiment = searching({"random_zoom": {"float": [0.0, 0.4]}, "cutmix": {"choice": [0.0, 1.0]}})
        ends = together(experiment, ends_of(experiment))
        assert ends[0].is_off
        assert ends[-1].values == {"random_zoom": 0.4, "cutmix": 1.0, "fill_mode": "reflect"}
        assert not ends[-1].is_off

    def test_without_augmentation_there_is_none(self) -> None:
        assert ends_of(searching({})) == {}


class TestDraws:
    def test_are_repeatable_and_off_is_off(self) -> None:
        x = pictures()
        off = drawn({"random_zoom": 0.0, "fill_mode": "wrap"}, x, np.arange(len(x)), RANGE, 1)
        np.testing.assert_array_equal(off.x, x)
        np.testing.assert_array_equal(off.shares, 1)
        np.testing.assert_array_equal(off.targets, np.arange(len(x)))
        values = {"random_flip": "both", "random_hue": 0.5, "gaussian_noise": 0.1, "mixup": 1.0}
        first, again, other = (drawn(values, x, np.arange(len(x)), RANGE, seed).x for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    def test_are_those_of_the_parts_by_themselves(self) -> None:
        x = pictures()
        changed, shares, _ = drawn({"mixup": 1.0}, x, np.arange(len(x)), RANGE, 1)
        weight = shares[:, None, None, None]
        np.testing.assert_allclose(changed, weight * x + (1 - weight) * np.roll(x, 1, axis=0), atol=1e-2)


class TestPlaces:
    """What moves a picture moves what is drawn over it."""

    @pytest.mark.parametrize(
        "values",
        [
            {"random_flip": "both"},
            {"random_translation": 0.1, "fill_mode": "constant"},
            {"random_flip": "horizontal", "mosaic": 1.0},
        ],
        ids=["flip", "translation", "mosaic"],
    )
    def test_boxes_lie_around_what_was_in_them(self, values: dict[str, Any]) -> None:
        """Each picture is black but for a box of a brightness of its own."""
        boxes = np.float32([[6, 8, 22, 20], [12, 10, 24, 26], [8, 14, 26, 24], [10, 6, 20, 22]])
        x, y = np.zeros((4, 32, 32, 1), np.float32), np.full((4, 1, 6), -1, np.float32)
        for index, (left, top, right, bottom) in enumerate(boxes.astype(int)):
            x[index, top:bottom, left:right] = 50 * (index + 1)
            y[index, 0] = [left, top, right, bottom, index, 1]
        task = TASKS["detection"]
        head = task.head(Outputs(4, (1, 6), "float32"), task.parameters.filled({}))
        found = drawn(values, x, y, RANGE, 3, head)
        assert (found.x != x).any()
        seen = 0
        for picture, rows in zip(found.x[..., 0], found.targets, strict=True):
            for left, top, right, bottom, of in rows[rows[:, 4] >= 0, :5]:
                inside = np.zeros((32, 32), bool)
                inside[round(top) : round(bottom), round(left) : round(right)] = True
                of_it = np.abs(picture - 50 * (of + 1)) < 1
                assert (of_it & inside).sum() >= 0.9 * of_it.sum() > 0
                assert (of_it & inside).sum() >= 0.7 * inside.sum()
                seen += 1
        assert seen >= 4

    def test_masks_move_with_their_pictures(self) -> None:
        x = np.zeros((3, 16, 16, 1), np.float32)
        x[:, 3:9, 2:6] = 200
        masks = (x[..., 0] > 0).astype(np.uint8)
        task = TASKS["segmentation"]
        head = task.head(Outputs(2, (16, 16), "uint8", places=(16, 16)), task.parameters.filled({}))
        found = drawn({"random_flip": "both"}, x, masks, RANGE, 1, head)
        assert (found.x != x).any()
        np.testing.assert_array_equal(found.targets, found.x[..., 0] > 0)

    def test_the_page_has_an_overlay_over_each_picture(self, tmp_path: Path) -> None:
        y = np.full((20, 2, 5), -1)
        y[:, 0] = [2, 3, 12, 9, 0]
        y[::2, 1] = [1, 8, 9, 15, 1]
        experiment = searching(
            {"mosaic": {"float": [0.0, 0.5]}, "random_flip": "horizontal"},
            dataset=(pictures(20, 16), y),
            task="detection",
            model="detector",
        )
        text = Path(cnnsearch.preview(experiment, tmp_path / "page.html")).read_text(encoding="utf-8")
        assert text.count('<img class="overlay"') == text.count("<li><div>") > 8
        first = base64.b64decode(text.partition("data:image/svg+xml;base64,")[2].partition('"')[0]).decode()
        assert '<rect x="2.00" y="3.00" width="10.00" height="6.00"' in first
        assert 'id="part-mosaic"' in text


class TestOverlays:
    def test_of_boxes_are_told_by_class(self) -> None:
        rows = np.float32([[1, 2, 5, 8, 1, 1], [4, 4, 6, 9, 1, 1], [0, 0, 9, 3, crowd_of(0), 1], [-1] * 6])
        found = TASKS["detection"].overlay(rows, ("<cat>", "dog"), (10, 20))
        assert [words for words, _ in found.classes] == ["1 <cat>, a crowd", "2 dog"]
        drawing = base64.b64decode(found.source.partition(",")[2]).decode()
        assert 'viewBox="0 0 20 10"' in drawing
        assert drawing.count("<rect ") == 3
        assert drawing.count("stroke-dasharray") == 1
        assert "&lt;cat&gt;" in drawing

    def test_of_masks_leave_the_first_class_clear(self) -> None:
        found = TASKS["segmentation"].overlay(np.uint8([[0, 1], [2, 255]]), ("ground", "cell", "edge"), (2, 2))
        assert [words for words, _ in found.classes] == ["cell", "edge", "void"]
        with Image.open(io.BytesIO(base64.b64decode(found.source.partition(",")[2]))) as image:
            drawn_ = np.asarray(image.convert("RGBA")).reshape(4, 4)
        assert drawn_[0, 3] == 0
        assert (drawn_[1:, 3] > 0).all()
        assert ["#{:02x}{:02x}{:02x}".format(*pixel[:3]) for pixel in drawn_[1:]] == [each for _, each in found.classes]


def test_images_show_the_range_of_values_as_black_and_white() -> None:
    x = np.float32([[[[-1.0], [1.0]]]]).reshape(1, 1, 2, 1)
    (picture,) = shown(x, ["one"], (-1.0, 1.0))
    assert picture.is_small
    with Image.open(io.BytesIO(base64.b64decode(picture.source.partition(",")[2]))) as image:
        assert np.asarray(image).tolist() == [[0, 255]]


class TestPage:
    def test_shows_each_class_and_each_part(self, tmp_path: Path) -> None:
        y = np.array(["<b>cat</b>", "dog"] * 20)
        space = {"random_zoom": {"float": [0.0, 0.4]}, "mixup": {"choice": [0.0, 0.4]}, "image_size": 5}
        experiment = searching(space, dataset=(pictures(40), y))
        written = cnnsearch.preview(experiment, tmp_path / "page.html")
        text = Path(written).read_text(encoding="utf-8")
        assert "&lt;b&gt;cat&lt;/b&gt;" in text
        assert "<b>cat" not in text
        assert "5 x 5 pixels" in text
        assert "6 x 6 pixels" in text
        # Four of each class; two draws of four for each part, four of all at once; what is off is not drawn.
        assert text.count("<img ") >= 8 + 2 * 8 + 16
        assert 'id="part-mixup"' in text
        assert " dog, 0." in text
        assert "http" not in text.replace("http-equiv", "")

    def test_tells_what_is_to_be_known_of_the_data(self, tmp_path: Path) -> None:
        x = pictures(40)
        x[1] = x[0]
        told: list[Any] = []
        experiment = searching({}, dataset=(x, np.array(["cat", "dog"] * 20)))
        page = cnnsearch.preview(experiment, tmp_path / "page.html", told.append)
        text = Path(page).read_text(encoding="utf-8")
        (described,) = told
        assert described["findings"]
        assert all(f"<li>{remark.text}" in text for remark in remarks(described, 0.2))

    def test_says_that_there_is_no_augmentation(self, tmp_path: Path) -> None:
        experiment = searching({}, dataset=(pictures(40), np.arange(40) % 2))
        text = Path(cnnsearch.preview(experiment, tmp_path / "page.html")).read_text(encoding="utf-8")
        assert "No augmentation" in text
        assert text.count("<img ") == 8


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        np.savez(tmp_path / "data.npz", x=pictures(40), y=np.arange(40) % 2)
        file = tmp_path / "seen.yaml"
        source = f"{{source: npz, path: {tmp_path / 'data.npz'}}}"
        file.write_text(f"name: seen\ndataset: {source}\nspace: {{random_flip: horizontal}}\n", encoding="utf-8")
        return file

    def test_writes_a_page(self, file: Path, tmp_path: Path) -> None:
        page = tmp_path / "page.html"
        assert call("preview", file, "-o", page).splitlines()[-1] == str(page)
        assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    def test_bad_input(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = refuse(monkeypatch, capsys, "preview", file, "--set", "space.random_hue=2")
        assert "space.random_hue: must be a number from 0 to 1 (got 2)" in told
        told = refuse(monkeypatch, capsys, "preview", file, "-o", tmp_path)
        assert "cannot write the preview" in told
        told = refuse(monkeypatch, capsys, "preview", tmp_path / "none.yaml")
        assert "cannot read the experiment file" in told
