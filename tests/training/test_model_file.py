"""Files of models with code of the user's own in them, which Keras alone cannot read: what was written is read."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import own_families
import pytest
import tiny

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.own_code.source import read_code
from cnnsearch.serving.prediction import evaluate_file
from cnnsearch.training.model_file import is_stock, load_model, save_model
from cnnsearch.training.trainer import Trainer

X = tiny.PIXELS.x_validation
CONFIG = {"factor": 3.0, "learning_rate": 0.01}


def searched(family: str) -> Experiment:
    return tiny.experiment(CONFIG, f"own_families:{family}", epochs=1)


def exported(family: str) -> keras.Model:
    """A model of a family, with weights that no other has."""
    structure = tiny.structure(searched(family))
    model = structure.build(searched(family).filled(CONFIG))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1.0, weight.shape) for weight in model.get_weights()])
    return keras.Model(model.input, keras.layers.Softmax(name="probabilities")(model.output), name=model.name)


def written(family: str, path: Path) -> np.ndarray:
    """Write a model; what it predicts."""
    model = exported(family)
    with tiny.quiet():
        save_model(model, path)
    return np.asarray(model(X.astype(np.float32)))


OWN = ["with_own_layer", "with_lambda", "unwritable", "subclassed"]


@pytest.mark.parametrize("family", OWN)
def test_a_model_with_code_of_ones_own_is_built_anew(tmp_path: Path, family: str) -> None:
    path = tmp_path / "model.keras"
    expected = written(family, path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
    found = load_model(path, searched(family), CONFIG)
    np.testing.assert_array_equal(np.asarray(found(X.astype(np.float32))), expected)
    assert not is_stock(path)


def test_a_stock_model_needs_no_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.keras"
    expected = written("without_shape", path)
    monkeypatch.delattr(own_families, "without_shape")
    assert is_stock(path)
    for loaded in (load_model(path), load_model(path, searched("without_shape"), CONFIG)):
        np.testing.assert_array_equal(np.asarray(loaded(X.astype(np.float32))), expected)


def test_what_is_trained_is_what_is_read(tmp_path: Path) -> None:
    """A subclassed model, through training and export."""
    trainer = Trainer(searched("subclassed"), CONFIG, tiny.PIXELS, tiny.SCALING, 1)
    trainer.run_epoch()
    with tiny.quiet():
        save_model(trainer.export(), tmp_path / "model.keras")
    found = load_model(tmp_path / "model.keras", searched("subclassed"), CONFIG).predict(X, verbose=0)
    np.testing.assert_allclose(found, trainer.predictions.probabilities, atol=1e-6)


def other(config: Any, shape: Any, classes: int) -> keras.Model:
    return own_families._network(shape, classes, own_families.Scaled(config["factor"]), units=3)


def plain(path: Path, shape: Any, *layers: keras.layers.Layer) -> None:
    """Write a network of three classes, of Keras's own layers and these."""
    body = [keras.layers.GlobalAveragePooling2D()] if len(shape) == 3 else []
    stack = [keras.Input(shape), *layers, *body, keras.layers.Dense(3, activation="softmax")]
    tiny.save(keras.Sequential(stack), path)


def rewritten(path: Path, change: dict[str, bytes | None]) -> None:
    """The same file with some members changed, added or, ``None``, left out."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, **change}.items():
            if data is not None:
                archive.writestr(name, data)


class TestRefused:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        written("with_own_layer", tmp_path / "model.keras")
        return tmp_path / "model.keras"

    def refused(self, path: Path, family: str = "own_families:with_own_layer") -> str:
        with pytest.raises(InputError) as caught:
            load_model(path, tiny.experiment(CONFIG, family), CONFIG)
        return str(caught.value)

    def test_the_module_is_not_there(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "path", list(sys.path))
        said = self.refused(path, "no_such_module:net")
        assert "model: the best model has code of no_such_module:net in it, and is built anew by it: " in said
        assert "cannot be imported: No module named 'no_such_module'" in said
        assert said.endswith("call from the folder of its module, or set PYTHONPATH")

    def test_the_family_has_changed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(own_families, "with_own_layer", other)
        assert "built anew by it, and no longer gives what was trained: " in self.refused(path)

    def test_its_code_has_changed(self, path: Path) -> None:
        """Other code may give a network of the same shapes, whose outputs are others."""
        now = read_code({"model": "own_families:with_own_layer"}).digests
        load_model(path, searched("with_own_layer"), CONFIG, now)
        with pytest.raises(InputError, match=r"own_families\.py has changed since it was trained; as it was, the code"):
            load_model(path, searched("with_own_layer"), CONFIG, {**now, "own_families.py": "0" * 64})

    def test_the_family_fails(self, path: Path) -> None:
        assert "built anew by it, which failed: ValueError: no such network" in self.refused(
            path, "own_families:raises"
        )

    def test_the_file_is_damaged(self, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:200])
        assert "the model cannot be read" in self.refused(path)
        with pytest.raises(InputError, match=r"model.keras: the model cannot be read"):
            load_model(path)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"model.weights.h5": None}, "Expected a model.weights.h5"),
            ({"model.weights.h5": b"x"}, "Unable to synchronously open file"),
            ({"config.json": None}, "There is no item named 'config.json'"),
            ({"config.json": b"[1]"}, "list indices must be integers"),
            ({"config.json": b"[" * 100_000}, "maximum recursion depth exceeded"),
            ({"config.json": b"\xe9"}, "can't decode byte 0xe9"),
        ],
    )
    def test_what_is_in_it_is_something_else(self, tmp_path: Path, change: dict[str, bytes | None], said: str) -> None:
        """Of a family of the catalog's and of one's own: the file does not tell how to build it anew either."""
        path = tmp_path / "model.keras"
        plain(path, (6, 6, 2))
        rewritten(path, change)
        for experiment in (None, searched("with_own_layer")):
            with pytest.raises(InputError, match=r"^model\.keras: the model cannot be read: ") as caught:
                load_model(path, experiment, CONFIG)
            assert said in str(caught.value)

    def test_what_is_no_keras_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "model.keras"

        def said() -> str:
            with pytest.raises(InputError) as caught:
                load_model(path)
            return str(caught.value).removeprefix("model.keras: the model cannot be read: ")

        assert said() == "there is no such file"
        path.mkdir()
        assert said() == "it is a folder, and no file that Keras wrote"
        path.rmdir()
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
        assert said() == "it is no .keras file, or damaged (File is not a zip file)"
        plain(path, (6, 6, 2))
        content = path.read_bytes()
        path.write_bytes(content[:300] + bytes([content[300] ^ 255]) + content[301:])
        assert said() == "its part 'config.json' is damaged"
        plain(path, (6, 6, 2))
        rewritten(path, {"zeros": bytes(3_000_000)})
        monkeypatch.setattr("cnnsearch.unzipping.UNSUSPECTED", 1_000_000)
        assert said().startswith("it would unpack to 0.0 GB, ")

    def test_a_lambda_is_not_run(self, tmp_path: Path) -> None:
        path = tmp_path / "model.keras"
        plain(path, (6, 6, 2), keras.layers.Lambda(lambda x: x * 2))
        with pytest.raises(InputError, match="the model cannot be read: Requested the deserialization of a `Lambda`"):
            load_model(path)

    @pytest.mark.parametrize(
        ("shape", "classes", "said"),
        [
            ((6, 6, 2), 4, "is the model of other data: it tells 3 classes apart, and the study has 4"),
            ((64,), 3, "is no model of pictures: it must take (None, height, width, channels) (got (None, 64))"),
            ((None, None, 2), 3, "must take (None, height, width, channels) (got (None, None, None, 2))"),
        ],
    )
    def test_a_model_of_something_else(self, tmp_path: Path, shape: Any, classes: int, said: str) -> None:
        path = tmp_path / "model.keras"
        plain(path, shape)
        with pytest.raises(InputError) as caught:
            load_model(path, names=[str(number) for number in range(classes)])
        assert str(caught.value).startswith("model.keras: is ")
        assert str(caught.value).endswith(said)

    def test_a_model_of_other_pictures_is_not_evaluated(self, tmp_path: Path) -> None:
        path = tmp_path / "model.keras"
        plain(path, (6, 6, 2))
        with pytest.raises(InputError, match=r"it takes \(6, 6, 2\), and these are \(8, 8, 1\)"):
            evaluate_file(path, np.zeros((4, 8, 8, 1)), np.zeros(4, int))

    def test_no_code_of_the_file_is_run(self, path: Path) -> None:
        """Only the module that the experiment names is imported, whatever the file says."""
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        content["config.json"] = content["config.json"].replace(b'"own_families"', b'"antigravity"')
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        load_model(path, searched("with_own_layer"), CONFIG)
        assert "antigravity" not in sys.modules
