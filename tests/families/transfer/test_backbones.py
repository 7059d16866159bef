"""What of a backbone is unfrozen and what stays as it is; on a small network with everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from keras import layers

from cnnsearch.errors import TrialError
from cnnsearch.families.transfer import body as transfer
from cnnsearch.families.transfer.backbones import Backbone, load_backbone
from cnnsearch.families.transfer.trained_on import as_trained_on

SHAPE = (6, 6, 2)
NODES = [
    *("pictures", "stem_scaling", "stem_conv", "stem_norm", "stem_relu"),
    *("block1_dropout", "block1_first", "block1_conv", "block1_norm", "add", "block1_relu"),
    *("block2_conv", "block2_norm", "block2_relu"),
]


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    tiny.save_network()
    return load_backbone("saved", 1.0, str(tiny.NETWORK), SHAPE)


def config(**values: Any) -> dict[str, Any]:
    return tiny.filled(tiny.experiment(values, "transfer"))


class TestUnfrozen:
    @pytest.mark.parametrize(
        ("asked", "lowest"),
        [
            (2, "block2_norm"),
            (3, "block2_conv"),
            (0.2, "block2_conv"),
            ("block2", "block2_conv"),
            (4, "block2_conv"),
            ("block2_norm", "block2_norm"),
            ("block1", "block1_first"),
            (1.0, "stem_conv"),
            (99, "stem_conv"),
        ],
    )
    def test_by_count_by_share_and_by_block(self, backbone: Backbone, asked: Any, lowest: str) -> None:
        unfrozen = backbone.unfrozen(asked)
        names = [layer.name for layer in backbone.model.layers]
        assert unfrozen.layers == set(names[names.index(lowest) :])
        assert unfrozen.count == len(unfrozen.layers)
        assert unfrozen.note is None
        assert backbone.unfrozen(unfrozen.count) == unfrozen

    @pytest.mark.parametrize(
        ("asked", "note"), [(0, None), (0.0, None), (1, "1"), (0.05, "0.05"), ("block2_relu", "block2_relu")]
    )
    def test_what_reaches_no_weights_is_told(self, backbone: Backbone, asked: Any, note: str | None) -> None:
        unfrozen = backbone.unfrozen(asked)
        assert (unfrozen.count, unfrozen.layers, unfrozen.position) == (0, frozenset(), len(NODES))
        told = f"unfrozen_layers {note} reaches no layer with weights: the backbone stayed frozen"
        assert unfrozen.note == (told if note else None)

    def test_a_block_that_is_not_there_is_an_error_that_names_the_nearest(self, backbone: Backbone) -> None:
        with pytest.raises(TrialError, match=r"no layer of the backbone starts with 'blok2'.*block2"):
            backbone.unfrozen("blok2")


def test_it_ends_with_its_last_feature_map(backbone: Backbone) -> None:
    assert backbone.model.output.shape == (None, 3, 3, 4)
    assert [layer.name for layer in backbone.model.layers[1:]] == [name for name in NODES[1:] if name != "add"]


class TestGrown:
    def grown(self, backbone: Backbone, asked: Any, fixed: bool) -> keras.Model:
        inputs = keras.Input(SHAPE)
        return keras.Model(inputs, backbone.grow(None, [inputs], backbone.unfrozen(asked).layers, fixed)[0])

    def test_it_gives_the_same_and_trains_what_is_unfrozen(self, backbone: Backbone) -> None:
        x = tiny.PIXELS.x_train[:4].astype(np.float32)
        grown = self.grown(backbone, "block2", True)
        np.testing.assert_allclose(grown(x), backbone.model([x]), rtol=1e-6)
        assert {variable.path.split("/")[0] for variable in grown.trainable_variables} == {"block2_conv", "block2_norm"}

    def test_its_layers_are_its_own(self, backbone: Backbone) -> None:
        before = backbone.model.get_weights()
        grown = self.grown(backbone, 1.0, True)
        grown.set_weights([weight + 1 for weight in grown.get_weights()])
        assert all(np.array_equal(one, other) for one, other in zip(before, backbone.model.get_weights(), strict=True))

    def test_what_is_frozen_is_in_inference_mode(self, backbone: Backbone) -> None:
        x = tiny.PIXELS.x_train[:4].astype(np.float32)
        grown = self.grown(backbone, "block2", True)
        assert not any("dropout" in layer.name for layer in grown.layers), "a frozen random layer is left out"
        np.testing.assert_array_equal(grown(x, training=True), grown(x))
        lower = self.grown(backbone, "stem_norm", True)
        assert not np.allclose(lower(x, training=True), lower(x)), "an unfrozen one is trained with"

    @pytest.mark.parametrize("fixed", [True, False])
    def test_statistics_of_unfrozen_layers(self, backbone: Backbone, fixed: bool) -> None:
        x = tiny.PIXELS.x_train[:4].astype(np.float32)
        grown = self.grown(backbone, "block2", fixed)
        states = [grown.get_layer(name).moving_mean.numpy() for name in ("stem_norm", "block2_norm")]
        same = np.allclose(grown(x, training=True), grown(x))
        after = [grown.get_layer(name).moving_mean.numpy() for name in ("stem_norm", "block2_norm")]
        np.testing.assert_array_equal(after[0], states[0])
        assert np.array_equal(after[1], states[1]) == same == fixed


class TestSavedNetworks:
    """Whatever a user saved: as a sequence, with models inside models, of other shapes."""

    def saved(self, tmp_path: Path, model: keras.Model, shape: tuple[int, int, int] = (8, 8, 3)) -> Backbone:
        tiny.save(model, tmp_path / "mine.keras")
        return load_backbone("saved", 1.0, str(tmp_path / "mine.keras"), shape)

    def sequence(self) -> list[layers.Layer]:
        return [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, name="one"),
            layers.BatchNormalization(name="norm"),
            layers.Conv2D(4, 3, name="two"),
        ]

    def top(self) -> list[layers.Layer]:
        return [layers.GlobalAveragePooling2D(), layers.Dense(2)]

    def test_a_sequential_model(self, tmp_path: Path) -> None:
        model = keras.Sequential([*self.sequence(), *self.top()])
        backbone = self.saved(tmp_path, model)
        assert [layer.name for layer in backbone.model.layers[1:]] == ["one", "norm", "two"]
        x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
        expected = keras.Model(model.inputs, model.get_layer("two").output)([x])
        np.testing.assert_allclose(backbone.model([x]), expected, rtol=1e-6)
        assert backbone.unfrozen(1).layers == {"two"}

    def test_a_model_inside_a_model_is_taken_apart(self, tmp_path: Path) -> None:
        inner = keras.Sequential(self.sequence(), name="inner")
        inputs = keras.Input((8, 8, 3))
        x = inner(layers.Rescaling(1 / 255, name="scaled")(inputs), training=False)
        for layer in self.top():
            x = layer(x)
        backbone = self.saved(tmp_path, keras.Model(inputs, x))
        assert [layer.name for layer in backbone.model.layers[1:]] == ["scaled", "one", "norm", "two"]
        assert backbone.unfrozen("norm").count == 2
        pictures = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
        np.testing.assert_allclose(backbone.model([pictures]), inner(pictures / 255), rtol=1e-4, atol=1e-6)

    def test_pictures_of_another_size(self, tmp_path: Path) -> None:
        backbone = self.saved(tmp_path, keras.Sequential([*self.sequence(), *self.top()]), (12, 10, 3))
        assert backbone.model.output.shape == (None, 8, 6, 4)

    @pytest.mark.parametrize(
        ("shape", "text"),
        [((8, 8, 2), "takes pictures of 3 channels, not 2"), ((3, 3, 3), "does not take pictures of 3x3")],
    )
    def test_pictures_that_do_not_suit(self, tmp_path: Path, shape: Any, text: str) -> None:
        with pytest.raises(TrialError, match=text):
            self.saved(tmp_path, keras.Sequential([*self.sequence(), *self.top()]), shape)

    def test_a_network_without_a_feature_map(self, tmp_path: Path) -> None:
        with pytest.raises(TrialError, match="has no feature map"):
            self.saved(tmp_path, keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)]))

    def test_two_inputs(self, tmp_path: Path) -> None:
        inputs = [keras.Input((8, 8, 3)) for _ in range(2)]
        with pytest.raises(TrialError, match="no functional or sequential model of one input"):
            self.saved(tmp_path, keras.Model(inputs, layers.Conv2D(4, 3)(inputs[0] + inputs[1])))


@pytest.mark.parametrize(
    ("name", "weights", "shape", "text"),
    [
        ("mobilenet", "none", (31, 64, 3), "takes pictures of at least 32x32, not 31x64: set image_size to 32 or more"),
        ("xception", "none", (64, 64, 3), "takes pictures of at least 71x71, not 64x64"),
        ("mobilenet", "none", (32, 32, 2), "takes pictures of 1 or 3 channels, not 2"),
        ("saved", "imagenet", (32, 32, 3), "needs a .keras file or a study under 'weights', not 'imagenet'"),
        ("saved", "mine.h5", (32, 32, 3), "needs a .keras file or a study under 'weights', not 'mine.h5'"),
        ("saved", "study:nowhere", (32, 32, 3), "there are no weights at nowhere/best/model.keras"),
    ],
)
def test_what_cannot_be_had(name: str, weights: str, shape: Any, text: str) -> None:
    with pytest.raises(TrialError, match=text):
        load_backbone(name, 1.0, weights, shape)


class TestNetwork:
    """The whole network of a trial: :mod:`cnnsearch.families.transfer.body`."""

    @pytest.mark.parametrize(
        ("values", "parameters"),
        [
            ({"pooling": "average"}, 5 * (4 + 1)),
            ({"pooling": "flatten"}, 5 * (36 + 1)),
            ({"pooling": "max", "head_layers": 2, "head_units": 7}, 7 * (4 + 1) + 7 * (7 + 1) + 5 * (7 + 1)),
            ({"head": "linear_svm", "unfrozen_layers": 0}, 5 * (4 + 1)),
        ],
    )
    def test_its_weights_are_counted_without_building_it(
        self, backbone: Backbone, values: dict[str, Any], parameters: int
    ) -> None:
        settings = config(**values)
        model = transfer.build(settings, SHAPE, 5, 1 / 255, 0.0)
        assert model.count_params() == backbone.model.count_params() + parameters
        assert transfer.count(settings, SHAPE, 5) == model.count_params()
        assert model.output.shape == (None, 5)

    def test_frozen_weights_are_those_of_layers_that_no_phase_trains(self, backbone: Backbone) -> None:
        every = backbone.model.count_params()
        block = {layer.name: layer.count_params() for layer in backbone.model.layers}
        some = every - sum(block[name] for name in backbone.unfrozen("block2").layers)
        given = [({"unfrozen_layers": 0}, every), ({"unfrozen_layers": 1.0}, 0), ({"unfrozen_layers": "block2"}, some)]
        given.append(({"unfrozen_layers": 1.0, "fine_tune_epochs": 0}, every))
        for values, expected in given:
            assert transfer.frozen_weights(config(**values), SHAPE) == expected
        assert 0 < some < every

    def test_poolings(self, backbone: Backbone) -> None:
        x = tiny.PIXELS.x_train[:3].astype(np.float32)
        map_ = np.asarray(backbone.model([x]))
        flat = {"average": map_.mean(axis=(1, 2)), "max": map_.max(axis=(1, 2)), "flatten": map_.reshape(3, -1)}
        for pooling, expected in flat.items():
            model = transfer.build(config(pooling=pooling, unfrozen_layers=0), SHAPE, 5, 1 / 255, 0.0)
            pooled = keras.Model(model.input, model.get_layer("pooled").output)
            np.testing.assert_allclose(pooled(x), expected, rtol=1e-5)

    @pytest.mark.parametrize("name", ["mobilenet", "resnet50", "densenet121", "efficientnet_b0"])
    def test_grey_pictures_are_widened(self, name: str) -> None:
        """Of each kind of scaling, as a user would who repeats the channel."""
        x = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 1)).astype(np.float32)
        scaling = type("Scaled", (), {"model": keras.Model(*[keras.Input((32, 32, 3))] * 2)})
        scaling.scaling = {"mobilenet": "tf", "resnet50": "caffe", "densenet121": "torch", "efficientnet_b0": "inside"}[
            name
        ]  # type: ignore[attr-defined]
        inputs = keras.Input((32, 32, 1))
        found = keras.Model(inputs, as_trained_on(inputs, scaling, 1 / 255, 0.0))(x)  # type: ignore[arg-type]
        module = {"resnet50": "resnet", "densenet121": "densenet", "efficientnet_b0": "efficientnet"}.get(name, name)
        preprocess = getattr(keras.applications, module).preprocess_input
        np.testing.assert_allclose(found, preprocess(np.repeat(x, 3, axis=-1)), rtol=1e-4, atol=1e-4)

    def test_depths_count_the_layers_above(self) -> None:
        model = transfer.build(config(unfrozen_layers="block1"), SHAPE, 5, 1 / 255, 0.0)
        found = dict(
            zip(
                [variable.path.split("/")[0] for variable in model.trainable_variables],
                transfer.depths(model),
                strict=True,
            )
        )
        assert found == {
            "head_logits": 0,
            "block2_norm": 1,
            "block2_conv": 2,
            "block1_norm": 3,
            "block1_conv": 4,
            "block1_first": 5,
        }
