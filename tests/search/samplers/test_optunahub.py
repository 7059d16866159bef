"""Samplers of OptunaHub, from packages as they lie on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recalling import proposals_of_both

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import check_sampler, make_sampler
from cnnsearch.space import Choice, Config, Float, Space

pytest.importorskip("optunahub")

SPACE = Space(kind=Choice(["a", "b"]), rate=Float(0.0, 1.0), decay=Float(0.0, 1.0, when={"kind": "b"}), size=8)

WALK = '''
import numpy as np
import optunahub

class WalkSampler(optunahub.samplers.SimpleBaseSampler):
    """Goes on from the last trial in steps, and keeps what it drew last to itself."""

    def __init__(self, search_space=None, *, width=0.1, seed=None):
        super().__init__(search_space, seed)
        if width <= 0:
            raise ValueError("width must be above 0")
        self._width, self._place, self._draws = width, 0.5, np.random.default_rng(seed)

    def sample_relative(self, study, trial, search_space):
        self._place = float(np.clip(self._place + self._draws.normal(0, self._width), 0, 1))
        return {name: self._place for name in search_space if name != "kind"}
'''


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTUNAHUB_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "github.com" / "optuna" / "optunahub-registry" / "main" / "package"
    write(folder, "samplers/walk", WALK + '__all__ = ["WalkSampler"]\n')
    return folder


def write(registry: Path, package: str, code: str) -> None:
    (registry / package).mkdir(parents=True)
    (registry / package / "__init__.py").write_text(code)


def options_of(package: str = "samplers/walk", kind: str | None = None, **options: Any) -> dict[str, Any]:
    return {"name": "optunahub", "package": package, "class": kind, **options}


def refusal(package: str = "samplers/walk", kind: str | None = None, **options: Any) -> str:
    with pytest.raises(InputError) as error:
        check_sampler(options_of(package, kind, **options))
    return str(error.value)


def height(config: Config) -> float:
    return float(config["rate"])


@pytest.mark.parametrize("cut", [1, 9, 17])
def test_a_sampler_with_a_state_of_its_own_goes_on_alike(cut: int) -> None:
    made = proposals_of_both(lambda: make_sampler(options_of(width=0.05), SPACE, 0, "max"), height, 20, cut)
    assert len(made) == 20 - cut
    assert all(one == other for one, other in made)


def test_its_options_reach_it() -> None:
    small, large = (make_sampler(options_of(width=width), SPACE, 0, "max") for width in (1e-6, 1.0))
    rates = [[sampler.propose(trial)["rate"] for trial in range(6)] for sampler in (small, large)]  # type: ignore[index]
    assert max(abs(rate - 0.5) for rate in rates[0]) < 1e-4
    assert max(abs(rate - 0.5) for rate in rates[1]) > 0.1


def test_an_experiment_names_the_package() -> None:
    space = {"learning_rate": {"float": [1e-4, 1e-2]}}
    found = Experiment(name="x", space=space, sampler={"optunahub": "samplers/walk", "width": 0.2})
    assert found.sampler == options_of(width=0.2)
    assert Experiment.from_dict(found.to_dict()).sampler == found.sampler
    with pytest.raises(InputError, match=r"sampler\.package: is missing"):
        Experiment(name="x", space=space, sampler="optunahub")


def test_what_cannot_be_is_told_before_the_start(registry: Path) -> None:
    assert "is not on this machine" in refusal("samplers/none")
    assert "import optunahub; optunahub.load_module('samplers/none')" in refusal("samplers/none")
    assert "must be a package of OptunaHub, as samplers/hebo (got '../walk')" in refusal("../walk")
    assert "sampler.widht: not an option of WalkSampler; did you mean 'width'?" in refusal(widht=1)
    assert "sampler.seed: not an option of WalkSampler" in refusal(seed=1)
    assert "WalkSampler cannot be made: ValueError: width must be above 0" in refusal(width=0)
    write(registry, "samplers/lacks", "import surely_not_installed\n")
    assert "needs surely_not_installed, which is not installed" in refusal("samplers/lacks")
    write(registry, "samplers/empty", "")
    assert "has no sampler of Optuna" in refusal("samplers/empty")
    unseeded = (
        "import optuna\nclass Fixed(optuna.samplers.RandomSampler):\n    def __init__(self): super().__init__(0)\n"
    )
    write(registry, "samplers/unseeded", unseeded)
    assert "Fixed takes no seed" in refusal("samplers/unseeded")
    two = "import optuna\nclass A(optuna.samplers.RandomSampler): pass\nclass B(optuna.samplers.RandomSampler): pass\n"
    write(registry, "samplers/two", two)
    assert "has several samplers: name one of A, B" in refusal("samplers/two")
    assert "no sampler of samplers/two" in refusal("samplers/two", "C")
    check_sampler(options_of("samplers/two", "B"))
