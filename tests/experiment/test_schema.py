from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.schema import in_words

FILES = sorted((Path(__file__).parents[2] / "search_spaces").glob("*.yaml"))
SCHEMA = Experiment.model_json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
GOOD: dict[str, Any] = {"name": "a", "space": {"filters": {"choice": [8, 16]}}}


def parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_accepts_the_files(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(parsed(path.read_text(encoding="utf-8")))) == []
    assert list(VALIDATOR.iter_errors(parsed(Experiment.from_yaml(path).to_yaml()))) == []


MASKS = "task: segmentation, dataset: {source: masks, path: a, image_size: 32"
UNET = "model: unet, space: {filters: 8}"

ACCEPTED = [
    "format: 1",
    "dataset: digits",
    "dataset: cifar10",
    "dataset: {source: directory, path: a, image_size: 96}",
    "dataset: {source: npz, path: a, image_size: [72, 96]}",
    "dataset: {source: directory, path: a, group: '(.*)_[0-9]+'}",
    "objective: val_loss",
    "objective: {metric: val_f1}",
    "objective: {metric: 'package.module:function', mode: min}",
    "sampler: random",
    "sampler: {name: nsga2, population: 8}",
    "sampler: {optunahub: samplers/hebo, any: [1, 2]}",
    "sampler: {name: grid, points: 5}",
    "sampler: {prior: defaults}",
    "{objective: [val_accuracy, macs], choose: {val_accuracy: within 0.01 of the best, then: macs}}",
    "{objective: [val_accuracy, macs], choose: {within: 0.01, of: val_accuracy, then: macs}}",
    "scheduler: {name: asha, grace_epochs: 1}",
    "budget: {minutes: 3}",
    "early_stopping: null",
    "preprocessing: {image_size: 32}",
    "space: {filters: 8}",
    "space: {units: {int: [8, 64], log: true}, dropout: {float: [0, 0.5], step: 0.1}}",
    "space: {dense_layers: {int: [0, 2]}, units: {choice: [8], when: {dense_layers: 1}}}",
    "space: {image_size: {choice: [32, [32, 48]]}}",
    "space: {random_flip: horizontal, random_zoom: {float: [0, 0.2]}, label_smoothing: 0.1, class_weights: balanced}",
    "resources: {cpus: 2, gpus: 0.5, gpu_memory_gb: 2, memory_gb: 1.5, xla: true, precision: mixed_float16}",
    "resources: {memory_gb: null}",
    "resources: {gpus: 1, accelerator: T4, custom: {disk: 2}, alternatives: [{cpus: 4}, {cpus: 1, gpus: 0.5}]}",
    "resources: {cases: [{when: {filters: [8]}, gpus: 1, alternatives: []}, {when: {filters: 16}, cpus: 2}]}",
    "runtime: []",
    "{model: 'package.module:function', space: {width: {choice: [3, wide]}, learning_rate: 0.1}}",
    "{model: 'module:function', space: {width: 3, rate: {float: [0, 1]}}, runtime: [rate]}",
    f"{{{MASKS}, mask_classes: [a, b], mask_void: 255}}, {UNET}}}",
    f"{{{MASKS}, mask_classes: {{a: [0, 0, 0], b: [9, 0, 0]}}, mask_void: [9, 9, 9]}}, {UNET}}}",
]

REJECTED = [
    "format: 2",
    "objective: accuracy",
    "objective: 'package.module:function'",
    "objective: {metric: 'package.module:function'}",
    "objective: {metric: 'package.module:function', mode: null}",
    "name: ''",
    "name: 3",
    "epoch: 3",
    "epochs: 0",
    "epochs: 2.5",
    "dataset: directory",
    "dataset: arrays",
    "dataset: {source: arrays}",
    "dataset: {source: digit}",
    "dataset: {source: directory}",
    "dataset: {source: digits, path: a}",
    "dataset: {source: digits, image_size: 0}",
    "model: cnm",
    "model: 'module:'",
    "model: module.py",
    "model: 'a b:c'",
    "runtime: [dropout]",
    "{model: cnn, runtime: [dropout]}",
    "{model: 'module:function', runtime: dropout}",
    "{model: 'module:function', runtime: [3]}",
    "resources: {memory_gb: 0}",
    "resources: {gpus: 1, gpu_memory_gb: 0}",
    "resources: {gpus: 2}",
    "resources: {alternatives: [{gpus: 1.5}]}",
    "resources: {precision: float16}",
    "resources: {custom: {disk: many}}",
    "resources: {alternatives: {cpus: 4}}",
    "resources: {alternatives: [{max_concurrent: 4}]}",
    "resources: {cases: [{gpus: 1}]}",
    "resources: {cases: [{when: {}, gpus: 1}]}",
    "resources: {xla: 1}",
    "{model: cnn, space: {breadth: 3}}",
    "objective: val_acc",
    "objective: {mode: max}",
    "sampler: tep",
    "sampler: {optunahub: 3}",
    "sampler: {name: optunahub}",
    "sampler: {name: tpe, startup_trials: 0}",
    "sampler: {}",
    "choose: {val_accuracy: nearly, then: macs}",
    "sampler: {name: random, startup_trials: 5}",
    "scheduler: {name: asha, reduction: 1}",
    "budget: {}",
    "budget: 40",
    "seed: -1",
    "space: {}",
    "space: {filter: 8}",
    "space: {filters: {choise: [8]}}",
    "space: {filters: {choice: []}}",
    "space: {filters: {int: [8]}}",
    "space: {filters: {int: [8, 16], log: yes}}",
    "space: {filters: {int: [8, 16], step: 0}}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepts_what_the_experiment_accepts(text: str) -> None:
    given = {**GOOD, **parsed(text)}
    assert list(VALIDATOR.iter_errors(given)) == []
    made = Experiment.from_dict(given)
    assert Experiment.from_dict(made.to_dict()) == made


@pytest.mark.parametrize("text", REJECTED)
def test_rejects(text: str) -> None:
    assert not VALIDATOR.is_valid({**GOOD, **parsed(text)})


@pytest.mark.parametrize("key", list(GOOD))
def test_rejects_what_lacks_a_key(key: str) -> None:
    assert not VALIDATOR.is_valid({name: value for name, value in GOOD.items() if name != key})


def test_every_key_is_documented_for_editors() -> None:
    mappings = [SCHEMA, *SCHEMA["$defs"].values()]
    undocumented = {
        key for mapping in mappings for key, each in mapping["properties"].items() if "description" not in each
    }
    assert undocumented == {"source"}, "which is documented where it is chosen"
    budget = SCHEMA["$defs"]["Budget"]
    assert budget["properties"]["trials"]["description"] == "that are proposed."
    assert "Attributes" not in budget["description"]


def test_every_parameter_is_documented_for_editors() -> None:
    properties = SCHEMA["properties"]["space"]["properties"]
    assert "whole number from 1 to 4096; default 32" in properties["filters"]["description"]
    assert "default null" in properties["image_size"]["description"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "a whole number"),
        ({"type": "integer", "minimum": 1}, "a whole number of at least 1"),
        ({"type": "number", "minimum": 0, "maximum": 0.5}, "a number from 0 to 0.5"),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "a number above 0 and below 1"),
        ({"type": "number", "maximum": 3}, "a number of at most 3"),
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 1}, "text, not empty"),
        ({"type": "string", "maxLength": 9}, "text of at most 9 characters"),
        ({"enum": ["a", "b"], "type": "string"}, "one of a, b"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "array", "items": {"type": "string"}}, "a list of text"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "a whole number or null"),
        ({"$ref": "#/$defs/Thing"}, "a mapping with the keys a, b"),
    ],
)
def test_a_schema_in_words(schema: dict[str, Any], words: str) -> None:
    thing = {"type": "object", "properties": {"a": {}, "b": {}}}
    assert in_words(schema, {"Thing": thing}) == words
