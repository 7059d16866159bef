from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.keras_sets import CACHED, CLASSES
from cnnsearch.data.sources.spec import KerasSource
from cnnsearch.errors import InputError

NAMES = KerasSource.model_fields["source"].annotation.__args__
DEBIAN = Path("/usr/share/datasets/fashion-mnist")

CHECK = """
import json
from cnnsearch.data.sources.spec import KerasSource
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import split_dataset

dataset = load_dataset(KerasSource(source="fashion_mnist"))
split = split_dataset(dataset, 0.2, 0.2, seed=0)
print(json.dumps({**dataset.describe(split), "first": dataset.targets.names[dataset.targets.values[0]]}))
"""


def offline(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def load_data() -> None:
        print("Downloading data from there")
        raise Exception("URL fetch failure on there: None -- Name or service not known")

    datasets = types.SimpleNamespace(**{name: types.SimpleNamespace(load_data=load_data)})
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace(datasets=datasets))
    monkeypatch.setattr("cnnsearch.data.sources.keras_sets.set_keras", lambda: None)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_network_every_file_is_named(monkeypatch, capsys, name) -> None:
    offline(monkeypatch, name)
    monkeypatch.setenv("KERAS_HOME", "/home/of/keras")
    with pytest.raises(InputError) as caught:
        load_dataset(KerasSource(source=name))
    message = str(caught.value)
    assert message.startswith("dataset.source: cannot be loaded, as without a network: URL fetch failure")
    for file, url in CACHED[name].items():
        assert f"/home/of/keras/datasets/{file} (from {url})" in message
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Downloading" in captured.err


def test_default_cache_is_in_the_home_directory(monkeypatch) -> None:
    offline(monkeypatch, "fashion_mnist")
    monkeypatch.delenv("KERAS_HOME", raising=False)
    with pytest.raises(InputError, match=r"~/\.keras/datasets/fashion-mnist/train-images-idx3-ubyte\.gz"):
        load_dataset(KerasSource(source="fashion_mnist"))


@pytest.mark.parametrize("name", NAMES)
def test_class_names(name) -> None:
    assert len(set(CLASSES[name])) == (100 if name == "cifar100" else 10)


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed")
def test_fashion_mnist_by_the_real_loader(tmp_path) -> None:
    shutil.copytree(DEBIAN, tmp_path / "datasets" / "fashion-mnist")
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env={**os.environ, "KERAS_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    described = json.loads(done.stdout)
    assert described["first"] == "Ankle boot"
    assert described["classes"] == list(CLASSES["fashion_mnist"])
    assert described["counts"]["test"] == dict.fromkeys(CLASSES["fashion_mnist"], 1000)
    assert described["counts"]["train"] == dict.fromkeys(CLASSES["fashion_mnist"], 4800)
    assert (described["shape"], described["channels"], described["dtype"]) == ([28, 28], 1, "uint8")
