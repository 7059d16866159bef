"""The preview: which strengths it shows, what it draws, and that it says in words what it cannot do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call, refuse

import cnnsearch
from cnnsearch.data.remarks import remarks
from cnnsearch.experiment import Experiment
from cnnsearch.previews.draws import drawn
from cnnsearch.previews.ends import ends_of, together
from cnnsearch.previews.pictures import shown

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
        off, shares = drawn({"random_zoom": 0.0, "fill_mode": "wrap"}, x, RANGE, 1)
        np.testing.assert_array_equal(off, x)
        np.testing.assert_array_equal(shares, 1)
        values = {"random_flip": "both", "random_hue": 0.5, "gaussian_noise": 0.1, "mixup": 1.0}
        first, again, other = (drawn(values, x, RANGE, seed)[0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    def test_are_those_of_the_parts_by_themselves(self) -> None:
        x = pictures()
        changed, shares = drawn({"mixup": 1.0}, x, RANGE, 1)
        weight = shares[:, None, None, None]
        np.testing.assert_allclose(changed, weight * x + (1 - weight) * np.roll(x, 1, axis=0), atol=1e-2)


def test_images_show_the_range_of_values_as_black_and_white() -> None:
    import base64
    import io

    from PIL import Image

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
