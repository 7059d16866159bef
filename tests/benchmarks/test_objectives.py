"""Searches for two objectives on a table of all networks, here a made one."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmarks.objectives.bench201 import DATA_SETS, Bench201
from benchmarks.objectives.command import main
from benchmarks.objectives.curves import SCHEDULERS, Aimed, plan, searched
from benchmarks.objectives.curves_page import stopping
from benchmarks.objectives.searches import limited
from benchmarks.search.surrogate import Curve


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each edge with operation 3 makes a network better, larger and slower; one with operation 0 is quicker."""
    folder = tmp_path_factory.mktemp("nasbench201")
    table = {
        "".join(each): {
            "val_acc": [10.0 + 10 * each.count("3")] * 3,
            "latency": [0.01 + 0.01 * each.count("3") - 0.001 * each.count("0")] * 3,
            "model_size": [0.1 + 0.2 * each.count("3")] * 3,
            "train_time": [1.0] * 3,
        }
        for each in itertools.product("01234", repeat=6)
    }
    for name in DATA_SETS:
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(table))
    return folder


def test_the_whole_front_is_a_volume_of_one(data: Path) -> None:
    bench = Bench201.read(data, "cifar10", "model_mb")
    every = list(bench.networks.values())
    assert bench.volume(every) == pytest.approx(1.0)
    assert 0 < bench.volume([each for each in every if each.accuracy < 0.35]) < 1
    assert bench.costs(dict.fromkeys(bench.space, "nor_conv_3x3")) == pytest.approx(1.3)


def test_nothing_above_the_limit_is_trained(data: Path) -> None:
    networks, refused = limited(Bench201.read(data, "cifar10", "latency_ms"), 0, 15, 0.35)
    assert len(networks) == 15
    assert max(each.model_mb for each in networks) <= 0.35
    assert refused > 0


def test_a_file_that_would_run_something_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "cifar10.pkl").write_bytes(pickle.dumps(Path("x")))
    with pytest.raises(pickle.UnpicklingError, match="only numbers in lists and dicts are read"):
        Bench201.read(tmp_path, "cifar10", "latency_ms")


def test_the_command_writes_its_page(data: Path, tmp_path: Path) -> None:
    main(["--data", str(data), "--seeds", "1", "--trials", "4", "--output", str(tmp_path)])
    page = (tmp_path / "OBJECTIVES.md").read_text(encoding="utf-8")
    assert "39 searches of 4 trials each: --seeds 1 --trials 4." in page
    assert "3 searches of auto trained 12 networks, 0 of them above the limit." in page


class Curves:
    """Two data sets: more units are better, and dearer; four epochs of a second."""

    tasks = ("a", "b")
    space: ClassVar[dict[str, Any]] = {"dense_layers": {"int": [1, 3]}, "units": {"int": [8, 64]}}
    epochs = 4

    def curve(self, task: str, config: dict[str, Any]) -> Curve:  # noqa: ARG002
        top = config["units"] / (20 + config["units"])
        return Curve(tuple(top * (1 - 0.5**epoch) for epoch in range(1, 5)), (1.0,) * 4)


def test_searches_on_curves_count_what_was_trained_in_full() -> None:
    keys = list(plan(Curves.tasks, most=1, seeds=1))
    assert len(keys) == 2 * 2 * 4
    assert {(task, seed) for _, _, task, _, seed in keys} == {("a", 0)}
    aimed = Aimed(Curves(), "a", "parameters")
    assert aimed.cost_of({"units": 10, "dense_layers": 2}) == 10 * 11 + 640
    found = {name: searched(aimed, "random", name, "a", "parameters", 0) for name in SCHEDULERS}
    assert found["none"]["stopped"] == 0
    assert found["asha"]["stopped"] > found["asha"]["completed"] > 5
    for each in found.values():
        assert list(each["volumes"]) == sorted(each["volumes"])
    page = "\n".join(stopping(list(found.values())))
    assert "4 searches: data sets a, 1 seed each." in page
    assert f"| random | asha | {found['asha']['volumes'][0]:.3f} |" in page
    assert "Not measured." in "\n".join(stopping([]))
