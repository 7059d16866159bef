"""What data and space tell together is said before Ray is started, and before there is a study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures import memory as memory_of_data
from cnnsearch.inputs.pictures.pictures import ArrayPictures, FilePictures, Pictures
from cnnsearch.sweep import run
from cnnsearch.sweep.checks.data_problems import data_problems
from cnnsearch.tasks.classification.targets import ClassTargets
from cnnsearch.tasks.detection.targets import BoxTargets

SMALL = ArrayPictures(np.zeros((10, 8, 8, 1), np.uint8))
FOUR_CHANNELS = ArrayPictures(np.zeros((10, 64, 64, 4), np.uint8))
SEVERAL_SIZES = FilePictures(
    tuple(Path(f"{number}.png") for number in range(10)),
    3,
    np.array([[8, 8]] * 9 + [[8, 12]]),
    (b"",) * 10,
    None,
    tuple(f"{number}.png" for number in range(10)),
)


def problems(pictures: Pictures, space: dict[str, Any], **keys: Any) -> list[str]:
    labels = np.arange(10, dtype=np.int32) % 2
    dataset = Dataset(pictures, ClassTargets(labels, ("cat", "dog")), None, (), "")
    split = Split(np.arange(6), np.arange(6, 10), np.zeros(0, np.int64))
    experiment = Experiment(**{"name": "a", "space": {"learning_rate": 0.01, **space}, **keys})
    return [str(problem) for problem in data_problems(experiment, dataset, split)]


def test_a_drawn_split_without_any_box_is_refused() -> None:
    rows = np.full((10, 1, 6), -1.0, np.float32)
    rows[:6, :, :5] = (1, 1, 6, 6, 0)
    dataset = Dataset(SMALL, BoxTargets(rows, ("cat",)), None, (), "")
    experiment = Experiment(name="a", task="detection", model="detector", dataset="digit_boxes", space={"filters": 4})
    members = [np.arange(6), np.arange(6, 10), np.zeros(0, np.int64)]
    (problem,) = data_problems(experiment, dataset, Split(*members))
    assert str(problem) == (
        "dataset: no picture of the validation split has a box: there is nothing to judge by; give a larger share, "
        "another seed, or a split"
    )
    members[:2] = np.arange(5), np.arange(5, 10)
    assert not any("has a box" in str(each) for each in data_problems(experiment, dataset, Split(*members)))


DIFFER = (
    "dataset.image_size: the pictures differ in size, from 8 to 8 pixels high and from 8 to 12 wide; name the size to "
    "which they are resized, as image_size: 64"
)


@pytest.mark.parametrize(
    ("space", "keys"),
    [
        ({"filters": 4}, {}),
        ({"image_size": {"choice": [8, None]}}, {}),
        ({"dense_layers": {"int": [0, 1]}, "image_size": {"choice": [8, 16], "when": {"dense_layers": 1}}}, {}),
        ({"backbone": "mobilenet"}, {"model": "transfer"}),
    ],
)
def test_some_trial_would_take_pictures_of_several_sizes_as_they_are(space: Any, keys: Any) -> None:
    assert problems(SEVERAL_SIZES, space, **keys) == [DIFFER]


@pytest.mark.parametrize(
    ("space", "keys"),
    [
        ({"image_size": {"choice": [8, 16]}}, {}),
        ({"filters": 4}, {"preprocessing": {"image_size": 16}}),
        ({"filters": 4}, {"dataset": {"source": "directory", "path": "x", "image_size": 16}}),
    ],
)
def test_every_trial_has_a_size(space: Any, keys: Any) -> None:
    assert problems(SEVERAL_SIZES, space, **keys) == []


def test_every_size_of_the_space_must_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_of_data, "free_bytes", lambda: 2**27)
    assert problems(SMALL, {"image_size": {"choice": [64, 2048]}}) == []
    (told,) = problems(SMALL, {"image_size": {"choice": [64, 4096, 8]}})
    assert told.startswith("10 pictures of 4096x4096 pixels and 1 channel need 0.2 GB of memory, and 0.1 GB are free")


def test_no_network_of_the_space_fits_the_pictures() -> None:
    (told,) = problems(SMALL, {"conv_blocks": {"int": [4, 6]}})
    assert told.startswith(
        "space: none of 500 random configs gives a network that these pictures fit: impossible architecture: the "
        "pooling of block 4 would shrink its 1x1 feature map below 1x1 (pictures of 8x8)"
    )
    assert problems(SMALL, {"conv_blocks": {"int": [3, 6]}}) == []
    assert problems(SMALL, {"conv_blocks": 4, "image_size": {"choice": [8, 16]}}) == []


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        (
            SMALL,
            ["dataset.image_size: backbone 'xception' takes pictures of at least 71x71"],
        ),
        (
            FOUR_CHANNELS,
            [
                "space.backbone: backbone 'mobilenet' takes pictures of 1 or 3 channels, and these have 4: "
                "backbone 'saved' takes others"
            ],
        ),
    ],
)
def test_no_backbone_of_the_space_takes_the_pictures(pictures: Pictures, told: list[str]) -> None:
    backbone = "xception" if pictures is SMALL else {"choice": ["mobilenet", "resnet50"]}
    found = problems(pictures, {"backbone": backbone}, model="transfer")
    assert [problem.partition(": a network")[0].partition(": set")[0] for problem in found] == told


def test_it_is_said_before_ray_is_started_and_there_is_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "connected", lambda *_, **__: pytest.fail("Ray would be started"))
    for name in ("cat", "dog"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for side in range(8, 14):
            Image.new("L", (side, 8)).save(tmp_path / "data" / name / f"{side}.png")
    experiment = Experiment(
        name="sizes", space={"filters": 4}, dataset={"source": "directory", "path": str(tmp_path / "data")}
    )
    with pytest.raises(InputError, match=r"^dataset\.image_size: the pictures differ in size"):
        run.run(experiment, tmp_path / "studies")
    missing = Experiment(name="weights", model="transfer", space={"weights": str(tmp_path / "no.h5")})
    with pytest.raises(InputError, match="must name weights that are there: no such file"):
        run.run(missing, tmp_path / "studies")
    assert not (tmp_path / "studies").exists()


def test_limits_that_no_config_keeps_are_told() -> None:
    space = {"filters": {"choice": [16, 32]}, "conv_blocks": 1, "dense_layers": 0}
    (told,) = problems(SMALL, space, limits={"parameters": 400})
    assert told.startswith("limits: none of 500 random configs keeps them; the nearest breaks limits.parameters: ")
    assert problems(SMALL, space, limits={"parameters": 1e6, "latency_ms": 1e-9}) == []


def test_they_are_also_where_some_configs_cannot_be_built() -> None:
    space = {"conv_blocks": {"int": [1, 12]}, "dense_layers": 0}
    (told,) = problems(SMALL, space, limits={"parameters": 100})
    count = re.match(r"limits: none of (\d+) random configs keeps them", told)
    assert count is not None
    assert 0 < int(count[1]) < 500, "of those that can be"


def test_lists_of_weights_have_one_for_each_class() -> None:
    assert problems(SMALL, {"class_weights": {"choice": ["balanced", [1.0, 2.0]]}}) == []
    told = "space.class_weights: must give one weight for each of 2, in this order: cat, dog (got [1.0, 2.0, 3.0])"
    assert problems(SMALL, {"class_weights": {"choice": ["balanced", [1.0, 2.0, 3.0]]}}) == [told]


@pytest.mark.parametrize(("pictures", "has"), [(SMALL, "1 channel"), (FOUR_CHANNELS, "4 channels")])
def test_colours_of_pictures_that_have_none(pictures: Pictures, has: str) -> None:
    space = {"random_hue": {"float": [0.0, 0.2]}, "random_saturation": 0.0, "rand_augment": 0.3}
    rule = f"changes colours of red, green and blue, and the pictures have {has}: leave it out"
    assert problems(pictures, space) == [f"space.random_hue: {rule}"]
