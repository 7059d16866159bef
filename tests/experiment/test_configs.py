"""Configs of a record are checked against what their study's experiment can have proposed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment.configs.configs import RecordedConfigs
from cnnsearch.space import Space
from cnnsearch.study import Study

SPACE: dict[str, Any] = {
    "filters": {"choice": [8, 16]},
    "units": {"int": [10, 100], "when": {"filters": [16]}},
    "dropout": {"float": [0.0, 0.5]},
    "image_size": {"choice": [[8, 12], 8]},
}
CONFIG = {"filters": 16, "units": 20, "dropout": 0.25, "image_size": [8, 12]}


def problems(config: Any, **keys: Any) -> list[str]:
    return [str(found) for found in RecordedConfigs(digits_experiment(**{"space": SPACE, **keys})).problems(config)]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("x", "config: must map parameters to their values (got 'x')"),
        ({"unit": 3}, "config.unit: not a parameter of the study's space; did you mean 'units'? (got 3)"),
        ({"units": "1)\n#"}, "config.units: must be a whole number from 1 to 65536 (got '1)\\n#')"),
        ({"units": True}, "config.units: must be a whole number from 1 to 65536 (got true)"),
        ({"units": 20.0}, "config.units: must be a whole number from 1 to 65536 (got 20.0)"),
        ({"units": 101}, "config.units: must be a value of the study's space: {'int': [10, 100], 'when': {'filters': "
         "[16]}} (got 101)"),
        ({"dropout": 10**400}, "config.dropout: must be a boolean, finite number, text, null or a list of them"),
        ({"dropout": float("nan")}, "config.dropout: must be a boolean, finite number, text, null or a list of them"),
        ({"filters": {"a": 1}}, "config.filters: must be a boolean, finite number, text, null or a list of them"),
        ({"image_size": [8, "8"]}, "config.image_size: must be a side in pixels from 1 to 4096, or [height, width]"),
    ],
)  # fmt: skip
def test_what_cannot_have_been_proposed_is_refused(config: Any, said: str) -> None:
    (found,) = problems(config)
    assert found.startswith(said)


def test_what_can_have_been_proposed_is_taken() -> None:
    assert problems(CONFIG) == []
    assert problems({"filters": 8, "units": 20}) == [], "what is active, or missing, changes with the space"
    assert problems({"dropout": 0}) == [], "a file's 0 of a float"
    own = {"model": "my.nets:build", "space": {"kind": {"choice": ["a", 1, [1, 2]]}, "units": 3}}
    assert [problems({"kind": value}, **own) for value in ("a", 1, [1, 2])] == [[]] * 3
    assert len(problems({"kind": "b"}, **own)) == len(problems({"kind": {}}, **own)) == 1


def test_values_of_former_spaces_are_taken() -> None:
    former = [Space({"units": {"int": [200, 300]}})]
    configs = RecordedConfigs(digits_experiment(space=SPACE), former)
    assert not [*configs.problems({"units": 250})]
    assert len([*configs.problems({"units": 150})]) == 1


def test_a_study_with_such_a_config_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_study(folder, digits_experiment(space=SPACE), [SyntheticTrial("COMPLETED", (0.9,), CONFIG)] * 2)
    for file, where in (("trials.jsonl", "config.units"), ("proposals.jsonl", "repeats.0.units")):
        sound = (folder / file).read_text()
        first, second = map(json.loads, sound.splitlines())
        other = {**CONFIG, "units": "exit()"}
        second.update({"config": other} if file == "trials.jsonl" else {"repeats": [other]})
        (folder / file).write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
        with pytest.raises(InputError) as raised:
            Study.load(folder)
        said = f"{folder}: {file}, trial 1: {where}: must be a whole number from 1 to 65536 (got 'exit()')"
        assert str(raised.value) == said
        (folder / file).write_text(sound)
    Study.load(folder)


def test_former_spaces_stand_in_the_environment(tmp_path: Path) -> None:
    described = environment() | {"resumed": [{"replaced": {"space": {"filters": 32}}}, {"replaced": {"sampler": {}}}]}
    trial = SyntheticTrial("COMPLETED", (0.9,), {**CONFIG, "filters": 32})
    assert len(write_study(tmp_path / "study", digits_experiment(space=SPACE), [trial], described).records) == 1
    described["resumed"][0]["replaced"]["space"] = {"filters": {"choice": []}}
    with pytest.raises(InputError, match=r"environment\.json: tells a space that is none"):
        write_study(tmp_path / "other", digits_experiment(space=SPACE), [trial], described)


@pytest.mark.parametrize("model", ["my.nets:build\n", "import:os", "my.class:build", "my.nets:def"])
def test_a_family_has_a_name_that_a_script_can_import(model: str) -> None:
    with pytest.raises(InputError, match=r"must be given as package\.module:function"):
        digits_experiment(model=model, space={"width": 3})
