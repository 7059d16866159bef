"""Where the weights of a backbone come from, and what is said where they cannot be had. Nothing is downloaded."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tiny

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer import weights
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.transfer.backbones import load_backbone
from cnnsearch.families.transfer.weights import architecture, random_architecture, read_network, read_weights

NAME, ALPHA = "mobilenet", 0.25
SHAPE = (32, 32, 3)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A small MobileNet with weights of its own, which are not those of ``none``."""
    random.seed(5)
    return architecture(NAME, ALPHA, SHAPE)


def same(found: Any, expected: keras.Model) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(found, expected.get_weights(), strict=True))


def held(weights: Any) -> tuple[np.ndarray, ...]:
    return tuple(load_backbone(NAME, ALPHA, str(weights), SHAPE).model.get_weights())


def test_none_is_the_same_in_every_process_and_size_and_disturbs_no_draws() -> None:
    random.seed(3)
    expected = random.random()
    random.seed(3)
    first = random_architecture(NAME, ALPHA, SHAPE).get_weights()
    assert random.random() == expected
    assert same(first, random_architecture(NAME, ALPHA, (64, 48, 3)))
    assert same(first, load_backbone(NAME, ALPHA, "none", SHAPE).model)
    assert first[0].ravel()[0] == pytest.approx(FIRST)


FIRST = 0.007722437381744385
"""The first of its weights, as told by another process."""


def test_a_weights_file(network: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "mine.weights.h5"
    tiny.save(network, path)
    assert same(held(path), network)


def test_a_file_in_the_older_format_as_keras_downloads_them(network: keras.Model, tmp_path: Path) -> None:
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    h5py = pytest.importorskip("h5py")
    path = tmp_path / "mobilenet_2_5_224_tf_no_top.h5"
    with h5py.File(path, "w") as file, tiny.quiet():
        save_weights_to_hdf5_group(file, network)
    assert same(read_weights(NAME, ALPHA, str(path)), network)


def test_a_keras_file_by_the_names_of_its_layers(network: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "mine.keras"
    inputs = keras.Input(SHAPE)
    x = keras.layers.GlobalAveragePooling2D()(network(keras.layers.Rescaling(1 / 255)(inputs)))
    tiny.save(keras.Model(inputs, keras.layers.Dense(2)(x)), path)
    assert same(held(path), network)


def test_a_file_that_was_written_anew_is_read_anew(network: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "mine.weights.h5"
    tiny.save(network, path)
    before = held(path)
    other = random_architecture(NAME, ALPHA, SHAPE)
    tiny.save(other, path)
    assert same(held(path), other)
    assert not same(before, other)


def test_the_best_network_of_a_study(tmp_path: Path) -> None:
    tiny.save_network()
    best = tmp_path / "study" / "best"
    best.mkdir(parents=True)
    (best / "model.keras").write_bytes(tiny.NETWORK.read_bytes())
    backbone = load_backbone("saved", 1.0, f"study:{tmp_path / 'study'}", (6, 6, 2))
    assert backbone.model.output.shape == (None, 3, 3, 4)
    assert backbone.model.layers[-1].name == "block2_relu"
    assert backbone.scaling == "none"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nowhere.weights.h5", "there are no weights at {path}: no such file"),
        ("nowhere.keras", "there are no weights at {path}: no such file"),
        ("torn.h5", "{path} does not hold weights of backbone 'mobilenet': "),
        ("torn.keras", "the network in {path} cannot be read: "),
        ("other.keras", "{path} does not hold the layers of backbone 'mobilenet': 'conv1' is missing or differs"),
        ("wide.weights.h5", "{path} does not hold weights of backbone 'mobilenet': "),
    ],
)
def test_files_that_do_not_suit(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("torn"):
        path.write_bytes(b"half a file")
    if name.startswith("other"):
        tiny.save_network()
        path.write_bytes(tiny.NETWORK.read_bytes())
    if name.startswith("wide"):
        tiny.save(random_architecture(NAME, 0.5, SHAPE), path)
    with pytest.raises(TrialError) as caught:
        read_weights(NAME, ALPHA, str(path))
    assert str(caught.value).startswith(text.format(path=path))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keras's folder of weights where there is neither a file in it nor a network."""

    def fail(_: str, origin: str, **__: Any) -> str:
        raise Exception(f"URL fetch failure on {origin}: None -- Name or service not known")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", fail)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "models"


def test_without_a_network_it_says_which_file_is_missing_and_where_it_goes(offline: Path) -> None:
    with pytest.raises(TrialError) as caught:
        read_weights(NAME, ALPHA, "imagenet")
    told = str(caught.value)
    assert told.startswith("the ImageNet weights of backbone 'mobilenet' cannot be downloaded (URL fetch failure on ")
    assert told.endswith(
        f"put Keras's file mobilenet_2_5_224_tf_no_top.h5 into {offline} yourself, "
        "or name a file you have under 'weights'"
    )


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet_v2", "mobilenet_v3_small", "vgg19", "xception"])
def test_the_file_that_is_named_is_the_one_that_keras_wants(
    name: str, offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def ask(fname: str, *_: Any, **__: Any) -> str:
        asked.append(fname)
        raise FileNotFoundError(fname)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", ask)
    assert offline.name == "models"
    alpha = (BACKBONES[name].alphas or (1.0,))[-1]
    with pytest.raises(FileNotFoundError):
        architecture(name, alpha, None, "imagenet")
    assert asked == [BACKBONES[name].imagenet_file_of(alpha)]


def test_the_first_efficientnet_divides_twice_with_the_weights_of_imagenet(
    offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offline.name == "models"
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: "imagenet.h5")
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_: None)
    with weights._own_draws():
        known = architecture("efficientnet_b0", 1.0, SHAPE, "imagenet")
    x = np.random.default_rng(0).uniform(0, 255, (1, *SHAPE)).astype(np.float32)
    ours = load_backbone("efficientnet_b0", 1.0, "imagenet", SHAPE).model
    assert len(known.layers) == len(ours.layers) + 1
    expected = np.asarray(known(x))
    np.testing.assert_allclose(ours(x), expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_a_keras_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.save_network()
    first = read_network(str(tiny.NETWORK))
    monkeypatch.setattr(keras.models, "load_model", lambda *_, **__: pytest.fail("read again"))
    assert read_network(str(tiny.NETWORK)) is first
