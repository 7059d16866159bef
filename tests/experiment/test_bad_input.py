"""What a user gets wrong in an experiment file, and the one line that each mistake is answered with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment, parse_value
from cnnsearch.experiment.resources import ONE_GPU, Resources
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES
from cnnsearch.space import Float
from cnnsearch.tasks.classification.spec import CLASSIFICATION

SPACE = "space: {filters: {choice: [8, 16]}}\n"
KEYS = ", ".join(key for key in Experiment.model_fields if key != "declaration")  # which cnnsearch alone writes
PARAMETERS = ", ".join(searchable(FAMILIES["cnn"].spec, CLASSIFICATION))
SOURCES = (
    "digits, digit_scenes, digit_boxes, mnist, fashion_mnist, cifar10, cifar100, npz, directory, masks, coco, voc, "
    "yolo, archive, csv, jsonl, parquet, url, sentences"
)
RESOURCES = ", ".join(Resources.model_fields)
PRECISION = "must be one of float32, mixed_float16, mixed_bfloat16"
OWN = "model: a family of your own must be given as package.module:function"
SIZE = "must be a side in pixels from 1 to 4096, or [height, width]"
VALUE = "must be a boolean, finite number, text, null or a list of them"
NAME = "must be text of at most 200 characters, not empty"
METRIC = "unknown metric; did you mean 'val_accuracy'?"
AIM = "objective: must be a metric, as val_accuracy, or a mapping with the keys metric, mode"
ARRAYS = "arrays come from Python only, as Experiment(dataset=(x, y), ...); a file may name a .npz file instead"

SAMPLER_NAMES = "auto, random, qmc, grid, tpe, bohb, gp, cma-es, nsga2, nsga3, optunahub"
ALL_SAMPLERS = (
    "auto, random, qmc, grid, tpe, bohb, gp (needs torch), cma-es (needs cmaes), nsga2, nsga3, "
    "optunahub (needs optunahub)"
)

WHOLE_FILES = {
    "tab": (
        "name: a\n\tepochs: 3\n",
        "line 2, column 1: is not valid YAML: found character '\\t' that cannot start any token",
    ),
    "unclosed": (
        "name: a\nspace: {filters: [1, 2\n",
        "line 3, column 1: is not valid YAML: expected ',' or ']', but got '<stream end>'",
    ),
    "key twice": (
        "name: a\nname: b\n",
        'line 2, column 1: is not valid YAML: found duplicate key "name" with value "b" (original value: "a")',
    ),
    "inner key twice": (
        "name: a\nspace:\n  units: 8\n  units: 9\n",
        'line 4, column 3: is not valid YAML: found duplicate key "units" with value "9" (original value: "8")',
    ),
    "alias of nothing": ("name: *x\n", "line 1, column 7: is not valid YAML: found undefined alias 'x'"),
    "code": (
        "name: !!python/object/apply:os.system [ls]\n",
        "line 1, column 7: is not valid YAML: could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object/apply:os.system'",
    ),
    "two documents": (
        "name: a\n---\nname: b\n",
        "line 2, column 1: is not valid YAML: expected a single document in the stream, but found another document",
    ),
    "control character": (
        "name: a\0\n",
        "is not valid YAML: unacceptable character #x0000: special characters are not allowed "
        'in "<unicode string>", position 7',
    ),
    "too deep": (f"name: {'[' * 800}", "line 1, column 57: is not valid YAML: it is nested too deeply"),
    "no such day": ("name: 2020-13-45\n", "is not valid YAML: month must be in 1..12"),
    "empty": ("", "is empty; an experiment file is a mapping that starts with 'name: ...'"),
    "comment": ("# later\n", "is empty; an experiment file is a mapping that starts with 'name: ...'"),
    "list": ("- a\n", "an experiment file is a mapping that starts with 'name: ...' (got ['a'])"),
    "text": ("hello\n", "an experiment file is a mapping that starts with 'name: ...' (got 'hello')"),
    "no name": (SPACE, "name: is missing; every experiment needs it"),
    "no space": ("name: a\n", "space: is missing; every experiment needs it"),
}

# Lines after `name: a` and a space, so they are line 3; a mistake in the name or space replaces those.
KEYS_OF_SECTIONS = {
    "epoch: 3": "epoch: unknown key; did you mean 'epochs'?",
    "zzzzz: 3": f"zzzzz: unknown key; valid: {KEYS}",
    "3: 3": f"3: unknown key; valid: {KEYS}",
    "epochs: 0": "epochs: must be a whole number from 1 to 100000 (got 0)",
    "epochs: '3'": "epochs: must be a whole number from 1 to 100000 (got '3')",
    "epochs: 2.5": "epochs: must be a whole number from 1 to 100000 (got 2.5)",
    "epochs: true": "epochs: must be a whole number from 1 to 100000 (got true)",
    "epochs: .inf": "epochs: must be a whole number from 1 to 100000 (got inf)",
    "epochs: {a: 1}": "epochs: must be a whole number from 1 to 100000 (got {'a': 1})",
    "epochs:": "epochs: must be a whole number from 1 to 100000 (got null)",
    "seed: -1": "seed: must be a whole number of at least 0 and below 4294967296 (got -1)",
    "seed: 4294967296": "seed: must be a whole number of at least 0 and below 4294967296 (got 4294967296)",
    "model: cnm": "model: unknown model family; did you mean 'cnn'? (got 'cnm')",
    "model: 3": f"model: unknown model family; valid: {', '.join(FAMILIES)} (got 3)",
    "model: [cnn]": "model: unknown model family; did you mean 'cnn'? (got ['cnn'])",
    "format: 2": "format: was written by a newer cnnsearch, in format 2, and this one reads 1: install that one",
    "format: true": "format: this version of cnnsearch reads format 1 (got true)",
    "format:": "format: this version of cnnsearch reads format 1 (got null)",
    "sampler: tep": f"sampler.name: unknown sampler; did you mean 'tpe'? There are {ALL_SAMPLERS} (got 'tep')",
    "sampler: brute-force": f"sampler.name: unknown sampler; valid: {ALL_SAMPLERS} (got 'brute-force')",
    "sampler: 3": f"sampler: must be a name, or a mapping with the key 'name'; valid: {SAMPLER_NAMES} (got 3)",
    "sampler:": f"sampler: must be a name, or a mapping with the key 'name'; valid: {SAMPLER_NAMES} (got null)",
    "sampler: [tpe]": (
        f"sampler: must be a name, or a mapping with the key 'name'; valid: {SAMPLER_NAMES} (got ['tpe'])"
    ),
    "sampler: {}": f"sampler: needs the key 'name'; valid: {SAMPLER_NAMES}",
    "sampler: {startup: 3}": f"sampler: needs the key 'name'; valid: {SAMPLER_NAMES}",
    "sampler: {name: [tpe]}": (
        f"sampler.name: unknown sampler; did you mean 'tpe'? There are {ALL_SAMPLERS} (got ['tpe'])"
    ),
    "sampler: {name: tpe, startup: 3}": (
        "sampler.startup: not an option of sampler 'tpe'; did you mean 'startup_trials'?"
    ),
    "sampler: {name: random, 3: 3}": "sampler.3: not an option of sampler 'random'; valid: prior",
    "sampler: {name: tpe, startup_trials: 0}": (
        "sampler.startup_trials: must be a whole number from 1 to 100000 (got 0)"
    ),
    "sampler: {name: grid, points: '5'}": "sampler.points: must be a whole number from 2 to 1000 or null (got '5')",
    "scheduler: {brackets: 2}": "scheduler: needs the key 'name'; valid: none, asha, pasha, hyperband, median, pbt",
    "stop: {target: 98}": (
        "stop.target: must be at most 1, the best that val_accuracy can be, or no trial ever reaches it (got 98.0)"
    ),
    "scheduler: ash": "scheduler.name: unknown scheduler; did you mean 'asha'? (got 'ash')",
    "scheduler: {name: asha, reduction: 1}": "scheduler.reduction: must be a whole number from 2 to 16 (got 1)",
    "scheduler: {name: asha, grace_epochs: 0}": (
        "scheduler.grace_epochs: must be a whole number of at least 1 or null (got 0)"
    ),
    "scheduler: {name: asha, reduction: }": "scheduler.reduction: must be a whole number from 2 to 16 (got null)",
    "sampler: {name: auto, chosen: grid}": "sampler.chosen: must be one of bohb, random or null (got 'grid')",
    "objective: val_acc": f"objective.metric: {METRIC} (got 'val_acc')",
    "objective: 3": f"{AIM} (got 3)",
    "objective:": f"{AIM} (got null)",
    "objective: {metric: 3}": "objective.metric: must be a metric, as val_accuracy, or package.module:function (got 3)",
    "objective: mine:cost": (
        "objective.mode: must be max or min, as nobody else knows which way a function of your own is better"
    ),
    "objective: {metric: mine:cost, mode: up}": "objective.mode: must be one of max, min or null (got 'up')",
    "objective: {mode: max}": "objective.metric: is missing",
    "objective: {metric: val_loss, mode: max}": (
        "objective.mode: val_loss is better when smaller: leave mode out (got 'max')"
    ),
    "objective: {metric: val_f1, mode: up}": "objective.mode: must be one of max, min or null (got 'up')",
    "budget: {}": "budget: needs one of trials, minutes, epochs, worker_hours, cost, as {trials: 40, minutes: 10}",
    "stop: {}": "stop: needs target, patience_trials or expected_gain, as {patience_trials: 30}",
    "budget:": "budget: must be a mapping with the keys trials, minutes, epochs, worker_hours, cost, all (got null)",
    "budget: 40": "budget: must be a mapping with the keys trials, minutes, epochs, worker_hours, cost, all (got 40)",
    "budget: [40]": (
        "budget: must be a mapping with the keys trials, minutes, epochs, worker_hours, cost, all (got [40])"
    ),
    "budget: {trials: 0}": "budget.trials: must be a whole number of at least 1 or null (got 0)",
    "evaluation: {outer_folds: 5}": "evaluation.outer_folds: unknown key; did you mean 'outer'?",
    "dataset: {source: csv, path: a.csv, decimal: ','}": (
        "dataset.decimal: is of numbers, and task 'classification' reads none from this table: leave it out (got ',')"
    ),
    "budget: {trial: 3, minutes: 1}": "budget.trial: unknown key; did you mean 'trials'?",
    "budget: {minutes: .nan}": "budget.minutes: must be a number above 0 or null (got nan)",
    "budget: {minutes: ten}": "budget.minutes: must be a number above 0 or null (got 'ten')",
    "budget: {trials: 3, all: true}": "budget.all: needs minutes, as {minutes: 10, all: true}",
    "dataset: digit": "dataset.source: unknown data source; did you mean 'digits'? (got 'digit')",
    "dataset: {source: 3}": f"dataset.source: unknown data source; valid: {SOURCES} (got 3)",
    "dataset: {test: 0.2}": "dataset: needs the key 'source', as {source: digits}",
    "dataset: 3": "dataset: must be a data source, or a mapping with the key 'source', as {source: digits} (got 3)",
    "dataset:": "dataset: must be a data source, or a mapping with the key 'source', as {source: digits} (got null)",
    "dataset: arrays": f"dataset.source: {ARRAYS} (got 'arrays')",
    "dataset: {source: arrays, x: [[1]], y: [1]}": f"dataset.source: {ARRAYS} (got 'arrays')",
    "dataset: {source: directory}": "dataset.path: is missing",
    "dataset: {source: npz, path: ''}": "dataset.path: must be text, not empty (got '')",
    "dataset: {source: csv, path: a, color: rbg}": "dataset.color: must be one of auto, rgb, grey (got 'rbg')",
    "dataset: {source: csv, path: a, label_column: b, label_columns: [c]}": (
        "dataset: must have label_column or label_columns, and not both"
    ),
    "dataset: {source: csv, path: a, max_unreadable: 2}": (
        "dataset.max_unreadable: must be a number from 0 to 1 (got 2)"
    ),
    "dataset: {source: parquet, path: a, decimal: ','}": (
        "dataset.decimal: is a key of source 'csv', not of 'parquet': leave it out"
    ),
    "dataset: {source: mnist, valid: 0.1}": "dataset.valid: unknown key; did you mean 'validation'?",
    "dataset: {source: mnist, limit: 1}": "dataset.limit: must be a whole number of at least 2 or null (got 1)",
    "dataset: {source: digits, validation: 0}": "dataset.validation: must be a number above 0 and below 1 (got 0)",
    "dataset: {source: digits, test: .nan}": "dataset.test: must be a number of at least 0 and below 1 (got nan)",
    "dataset: {source: digits, validation: 0.5, test: 0.5}": (
        "dataset: validation + test must be below 1, to leave pictures for training (they are 1)"
    ),
    "dataset: {source: digits, image_size: 0}": f"dataset.image_size: {SIZE} (got 0)",
    "dataset: {source: digits, image_size: [0, 8]}": f"dataset.image_size: {SIZE} (got [0, 8])",
    "preprocessing: {image_size: [8, 8, 1]}": f"preprocessing.image_size: {SIZE} (got [8, 8, 1])",
    "preprocessing: {image_size: big}": f"preprocessing.image_size: {SIZE} (got 'big')",
    "preprocessing: {image_size: true}": f"preprocessing.image_size: {SIZE} (got true)",
    "preprocessing: {scaling: units}": "preprocessing.scaling: must be one of unit, standardize, none (got 'units')",
    "preprocessing: {scalling: unit}": "preprocessing.scalling: unknown key; did you mean 'scaling'?",
    "preprocessing: unit": "preprocessing: must be a mapping with the keys image_size, scaling (got 'unit')",
    "early_stopping: 5": "early_stopping: must be a mapping with the keys patience, min_delta or null (got 5)",
    "early_stopping: {}": "early_stopping.patience: is missing",
    "early_stopping: {patience: 0}": "early_stopping.patience: must be a whole number of at least 1 (got 0)",
    "early_stopping: {patience: 3, min_delta: -1}": "early_stopping.min_delta: must be a number of at least 0 (got -1)",
    "limits: {}": "limits: needs one of parameters, model_mb, macs, gpu_memory_gb, "
    "latency_ms, as {model_mb: 5, latency_ms: 20}",
    "limits: {latency: 3}": "limits.latency: unknown key; did you mean 'latency_ms'?",
    "limits: {model_mb: 5MB}": "limits.model_mb: must be a number above 0 or null (got '5MB')",
    "limits: {latency_ms: 0}": "limits.latency_ms: must be a number above 0 or null (got 0)",
    "limits: 3": "limits: must be a mapping with the keys parameters, model_mb, macs, gpu_memory_gb, latency_ms, "
    "networks or null (got 3)",
    "resources: {cpus: 0.5}": "resources.cpus: must be a whole number of at least 1 (got 0.5)",
    "resources: {gpu: 1}": "resources.gpu: unknown key; did you mean 'gpus'?",
    "resources: {gpus: .inf}": "resources.gpus: must be a number from 0 to 1 (got inf)",
    "resources: {memory_gb: 0}": "resources.memory_gb: must be a number above 0 or null (got 0)",
    "resources: {memory_gb: .nan}": "resources.memory_gb: must be a number above 0 or null (got nan)",
    "resources: {memory_gb: 4GB}": "resources.memory_gb: must be a number above 0 or null (got '4GB')",
    "resources: {gpus: 1, gpu_memory_gb: -1}": "resources.gpu_memory_gb: must be a number above 0 or null (got -1)",
    "resources: {gpus: 1.5}": f"resources.gpus: {ONE_GPU} (got 1.5)",
    "resources: {gpus: 2}": f"resources.gpus: {ONE_GPU} (got 2.0)",
    "resources: {alternatives: [{cpus: 1}, {gpus: 2}]}": f"resources.alternatives.1.gpus: {ONE_GPU} (got 2.0)",
    "resources: {cases: [{when: {filters: [8]}, gpus: 4}]}": f"resources.cases.0.gpus: {ONE_GPU} (got 4.0)",
    "resources: {cases: [{when: {filters: [8]}, alternatives: [{gpus: 2}]}]}": (
        f"resources.cases.0.alternatives.0.gpus: {ONE_GPU} (got 2.0)"
    ),
    "resources: {accelerator: T4}": "resources.accelerator: is a kind of GPU, and gpus is 0 (got 'T4')",
    "resources: {custom: {CPU: 1}}": "resources.custom.CPU: is no custom resource: these are named by whoever starts "
    "the nodes",
    "resources: {custom: {disk: 0}}": "resources.custom.disk: must be a number above 0 (got 0)",
    "resources: {alternatives: [{cpus: 0}]}": "resources.alternatives.0.cpus: must be a whole number of at least 1 "
    "(got 0)",
    "resources: {alternatives: [{gpu: 1}]}": "resources.alternatives.0.gpu: unknown key; did you mean 'gpus'?",
    "resources: {when: {filters: [8]}, gpus: 1}": "resources.when: belongs to a case: cases: [{when: {backbone: "
    "[resnet50]}, gpus: 1}]",
    "resources: {cases: [{gpus: 1}]}": "resources.cases.0.when: is missing",
    "resources: {cases: [{when: {}, gpus: 1}]}": "resources.cases.0.when: must map a parameter to its values, as "
    "{backbone: [resnet50]} (got {})",
    "resources: {cases: [{when: {filter: 8}, gpus: 1}]}": "resources.cases.0.when.filter: no such parameter in the "
    "space; did you mean 'filters'?",
    "resources: {cases: [{when: {filters: [9]}, gpus: 1}]}": "resources.cases.0.when.filters: 'filters' never takes "
    "this value (got 9)",
    "resources: {cases: [{when: {filters: 8}, gpu_memory_gb: 1}]}": "resources.cases.0.gpu_memory_gb: limits a GPU, "
    "and gpus is 0 (got 1.0)",
    "resources: {gpu_memory_gb: 2}": "resources.gpu_memory_gb: limits a GPU, and gpus is 0 (got 2.0)",
    "resources: {gpus: 0, gpu_memory_gb: 0.5}": ("resources.gpu_memory_gb: limits a GPU, and gpus is 0 (got 0.5)"),
    "resources: {precision: float16}": f"resources.precision: {PRECISION} (got 'float16')",
    "resources: {precision: 32}": f"resources.precision: {PRECISION} (got 32)",
    "resources: {xla: 1}": "resources.xla: must be true or false (got 1)",
    "resources: {xla: yes}": "resources.xla: must be true or false (got 'yes')",
    "model: 'module:'": f"{OWN} (got 'module:')",
    "model: ':function'": f"{OWN} (got ':function')",
    "model: path/to/module.py:function": f"{OWN} (got 'path/to/module.py:function')",
    "model: module:function()": f"{OWN} (got 'module:function()')",
    "model: module:function:more": f"{OWN} (got 'module:function:more')",
    "model: a..b:function": f"{OWN} (got 'a..b:function')",
    "runtime: [dropout]": "runtime: is for a family of your own, as model: package.module:function",
}

KIND = "a parameter needs exactly one of float, int, choice"
SPACES = {
    "3": "space: must map parameters to what they may be, as {filters: {choice: [8, 16]}} (got 3)",
    "": "space: must map parameters to what they may be, as {filters: {choice: [8, 16]}} (got null)",
    "[units]": "space: must map parameters to what they may be, as {filters: {choice: [8, 16]}} (got ['units'])",
    "{}": "space: names no parameter, so there is nothing to search",
    "{filter: 8}": "space.filter: not a parameter of model 'cnn'; did you mean 'filters'?",
    "{zzz: 8}": f"space.zzz: not a parameter of model 'cnn'; valid: {PARAMETERS}",
    "{3: 8}": f"space.3: not a parameter of model 'cnn'; valid: {PARAMETERS}",
    "{units: {choise: [8]}}": f"space.units: {KIND}; did you mean 'choice'? (got {{'choise': [8]}})",
    "{units: {}}": f"space.units: {KIND}; as {{float: [0.0, 0.5]}} (got {{}})",
    "{units: {choice: [8], int: [1, 2]}}": (
        f"space.units: {KIND}; as {{float: [0.0, 0.5]}} (got {{'choice': [8], 'int': [1, 2]}})"
    ),
    "{units: }": "space.units: must be a whole number from 1 to 65536 (got null)",
    "{units: [3, 4]}": "space.units: must be a whole number from 1 to 65536 (got [3, 4])",
    "{units: {int: [16, 8]}}": "space.units: low must not be above high (got [16, 8])",
    "{units: {int: [16]}}": "space.units: int must be [low, high] (got [16])",
    "{units: {int: 8-16}}": "space.units: int must be [low, high] (got '8-16')",
    "{units: {int: [1.5, 8]}}": "space.units: both ends of int: [low, high] must be whole numbers (got 1.5)",
    "{units: {int: [true, 8]}}": "space.units: both ends of int: [low, high] must be whole numbers (got true)",
    "{units: {int: [1, 9], step: 0.5}}": "space.units.step: must be a whole number above 0 (got 0.5)",
    "{units: {int: [1, 9], stepp: 2}}": "space.units.stepp: unknown key of an int parameter; did you mean 'step'?",
    "{units: {choice: [8, 9], log: true}}": "space.units.log: unknown key of a choice parameter; valid: when, prior",
    "{units: {float: [1, 8]}}": "space.units: must be a whole number from 1 to 65536 (got {'float': [1.0, 8.0]})",
    "{units: {int: [0, 8]}}": "space.units: must be a whole number from 1 to 65536 (got 0)",
    "{units: {choice: []}}": "space.units: choice needs at least one option (got [])",
    "{units: {choice: 8}}": "space.units: choice must be a list of options, as [8, 16] (got 8)",
    "{units: {choice: [8, 8]}}": "space.units: every option of a choice must be there once (got 8)",
    "{units: {choice: [{a: 1}]}}": f"space.units: an option {VALUE} (got {{'a': 1}})",
    "{dropout: .nan}": f"space.dropout: a constant {VALUE} (got nan)",
    "{dropout: {float: [.nan, 0.5]}}": (
        "space.dropout: both ends of float: [low, high] must be finite numbers (got nan)"
    ),
    "{dropout: {float: [0, 1]}}": "space.dropout: must be a number from 0 to 0.95 (got 1.0)",
    "{dropout: {float: [0, 0.5], step: 1}}": "space.dropout.step: must not be above high - low = 0.5 (got 1)",
    "{learning_rate: {float: [0.1, .inf]}}": (
        "space.learning_rate: both ends of float: [low, high] must be finite numbers (got inf)"
    ),
    "{learning_rate: {float: ['1e-4', 1]}}": (
        "space.learning_rate: both ends of float: [low, high] must be finite numbers (got '1e-4')"
    ),
    "{learning_rate: {float: [0, 1], log: true}}": "space.learning_rate: log: true needs low above 0 (got 0)",
    "{learning_rate: {float: [0.1, 1], log: yes}}": "space.learning_rate.log: must be true or false (got 'yes')",
    "{learning_rate: {float: [0.1, 1], log: true, step: 0.1}}": (
        "space.learning_rate.step: log and step cannot be combined; leave one out (got 0.1)"
    ),
    "{optimizer: {choice: [adam, adma]}}": "space.optimizer: must be one of adam, adamw, sgd, rmsprop, "
    "nadam, adamax, adagrad, adadelta, lamb, lion (got 'adma')",
    "{batch_normalization: 1}": "space.batch_normalization: must be true or false (got 1)",
    "{filters: 2020-01-01}": f"space.filters: a constant {VALUE} (got datetime.date(2020, 1, 1))",
    "{dense_layers: {int: [0, 2]}, units: {choice: [8, 16], when: {dense_layer: 1}}}": (
        "space.units.when.dense_layer: no such parameter in the space; did you mean 'dense_layers'?"
    ),
    "{dense_layers: {int: [0, 2]}, units: {choice: [8, 16], when: {dense_layers: 3}}}": (
        "space.units.when.dense_layers: 'dense_layers' never takes this value (got 3)"
    ),
    "{dense_layers: {int: [0, 2]}, units: {choice: [8, 16], when: {dense_layers: []}}}": (
        "space.units.when.dense_layers: must list at least one value (got [])"
    ),
    "{dropout: {float: [0, 0.5]}, units: {choice: [8, 16], when: {dropout: 0.5}}}": (
        "space.units.when.dropout: a condition needs a parent with a finite list of values"
    ),
    "{units: {choice: [8, 16], when: [filters]}}": (
        "space.units.when: must map a parameter to its values, as {dense_layers: [2, 3]} (got ['filters'])"
    ),
    "{units: {choice: [8, 9], when: {filters: 8}}, filters: {choice: [8, 9], when: {units: 8}}}": (
        "space: conditions go round in a circle: units -> filters -> units"
    ),
    "{units: {choice: [8, 9], when: {units: 8}}}": "space: conditions go round in a circle: units -> units",
}

TOGETHER = {
    "sampler: {name: grid, points: 3}\nspace: {units: {int: [1, 101]}, dense_layers: {choice: [1, 2], "
    "when: {units: [1, 37]}}, l2: {float: [0, 1], when: {units: [37, 40]}}}": (
        "line 3: space.l2.when.units: holds at no point of the grid, which takes 1, 51, 101 of 'units' with points: 3; "
        "name one of these, or take more points (got [37, 40])"
    ),
    "space: {filters: {choice: [8, 16]}}\nconstraints: [filters < 9, filter < 3]": (
        "line 3: constraints.1: 'filter' is no parameter; did you mean 'filters'? (column 1) (got 'filter < 3')"
    ),
    "space: {filters: {choice: [8, 16]}}\nconstraints: [filters > 16]": (
        "line 3: constraints.0: no config was found that keeps it: none of all 2 combinations does (got 'filters > 16')"
    ),
    "space: {filters: {choice: [8, 16]}, units: {int: [64, 99]}}\nconstraints: [filters > 8, units + filters < 73]": (
        "line 3: constraints: no config was found that keeps all of them: none of all 72 combinations does "
        "(got ['filters > 8', 'units + filters < 73'])"
    ),
    "space: {dropout: {float: [0.0, 0.5]}}\nconstraints: [dropout == 0.25]": (
        "line 3: constraints.0: no config was found that keeps it: none of 10,000 random configs does, so hardly any "
        "can (got 'dropout == 0.25')"
    ),
    "space: {filters: {choice: [8, 16]}}\nconstraints: filters < 3": (
        "line 3: constraints: must be a list of text, at most 100 of them (got 'filters < 3')"
    ),
    "space: {filters: {choice: [8, 16]}}\nconstraints: 5": (
        "line 3: constraints: must be a list of text, at most 100 of them (got 5)"
    ),
    "space: {filters: {choice: [8, 16]}}\nobjective: {metric: val_loss, beside: [macs, 1]}\n"
    "choose: {of: val_loss, then: macs}": (
        "line 3: objective.beside.1: must be a list of one of parameters, model_mb, macs, latency_ms (got 1)"
    ),
    "space: {filters: {choice: [8, 16]}}\nobjective: {metric: val_loss, beside: 1}\nchoose: {of: val_los, then: x}": (
        "line 3: objective.beside: must be a list of one of parameters, model_mb, macs, latency_ms (got 1)\n"
        "bad.yaml: line 4: choose.of: must be one of the objectives; did you mean 'val_loss'? (got 'val_los')\n"
        "bad.yaml: line 4: choose.then: must be one of the objectives; valid: val_loss (got 'x')"
    ),
    "space: {filters: {choice: [8, 16]}}\nconstraints: [{filters: 3}]": (
        "line 3: constraints.0: must be a list of text, at most 100 of them (got {'filters': 3})"
    ),
    "sampler: grid\nspace: {filters: {choice: [8, 16]}}\nconstraints: [filters > 16]": (
        "line 4: constraints: no point of the grid keeps them (got ['filters > 16'])"
    ),
    "sampler: grid\nspace: {units: {int: [1, 600]}, filters: {int: [1, 400]}}\nconstraints: [units < filters]": (
        "line 2: sampler: grid lists what constraints are about, and here this is too much: take steps, fewer points, "
        "or random"
    ),
    "sampler: grid\nspace: {dropout: {float: [0, 0.5]}}": (
        "line 3: space.dropout: sampler grid needs a step here, a choice, or sampler: {name: grid, points: 5}"
    ),
    "sampler: grid\nspace: {units: {int: [1, 60000]}, filters: {int: [1, 4000]}}": (
        "line 2: sampler: grid takes at most 1,000,000 configs and this space has 240,000,000: "
        "take steps, points or sampler random"
    ),
    "sampler: {name: grid, points: 1000}\nspace: {l1: {float: [0, 1]}, l2: {float: [0, 1]}, padding: valid, dropout: "
    "{choice: [0.0, 0.1]}}": (
        "line 2: sampler: grid takes at most 1,000,000 configs and this space has 2,000,000: "
        "take steps, points or sampler random"
    ),
    "preprocessing: {scaling: none}\nspace: {scaling: {choice: [unit, none]}}": (
        "line 2: preprocessing.scaling: stands in the space too; leave it out of one of them"
    ),
}

# With `model: own:build` and the space of this file before them.
OWN_SPACE = """\
name: a
model: own:build
space:
  rate: {float: [0.0, 0.5]}
  width: {int: [2, 8]}
  kind: {choice: [1, wide]}
  flag: {choice: [true, false]}
  sizes: {choice: [[1, 2], [3, 4]]}
  depth: {choice: [1, 2], when: {kind: wide}}
  learning_rate: 0.01
"""
NUMBERS = "must name parameters whose values are all numbers"
OWN_FAMILIES = {
    "runtime: rate": "must be a list of text (got 'rate')",
    "runtime: {rate: 1}": "must be a list of text (got {'rate': 1})",
    "runtime:": "must be a list of text (got null)",
    "runtime: [rat]": "names no parameter of the space; did you mean 'rate'? (got 'rat')",
    "runtime: [rate, learning_rate]": (
        "names a parameter of every family, which needs no mention (got 'learning_rate')"
    ),
    "runtime: [dropout]": (
        "names no parameter of the space; valid: rate, width, kind, flag, sizes, depth, learning_rate (got 'dropout')"
    ),
    "runtime: [depth]": "must name parameters without 'when', active in every config (got 'depth')",
    "runtime: [kind]": f"{NUMBERS} (got 'kind')",
    "runtime: [flag]": f"{NUMBERS} (got 'flag')",
    "runtime: [sizes]": f"{NUMBERS} (got 'sizes')",
}

OVERRIDES: list[tuple[Mapping[str, Any], str]] = [
    ({"epochs": 0}, "--set epochs: must be a whole number from 1 to 100000 (got 0)"),
    ({"epochs.x": 3}, "--set epochs.x: 'epochs' has no keys inside (got 3)"),
    ({"foo.bar": 3}, f"--set foo: unknown key; valid: {KEYS}"),
    ({"": 3}, f"--set : unknown key; valid: {KEYS}"),
    ({"budget.minutes": -1}, "--set budget.minutes: must be a number above 0 or null (got -1)"),
    ({"dataset.tset": 0.1}, "--set dataset.tset: unknown key; did you mean 'test'?"),
    ({"dataset": "arrays"}, f"--set dataset.source: {ARRAYS} (got 'arrays')"),
    ({"space.fliters": 3}, "--set space.fliters: not a parameter of model 'cnn'; did you mean 'filters'?"),
    ({"space.filters.choice": []}, "--set space.filters: choice needs at least one option (got [])"),
    ({"space": 3}, "--set space: must map parameters to what they may be, as {filters: {choice: [8, 16]}} (got 3)"),
    (
        {"format": 3},
        "--set format: was written by a newer cnnsearch, in format 3, and this one reads 1: install that one",
    ),
]


def complaint(tmp_path: Path, text: str, overrides: Mapping[str, Any] | None = None) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Experiment.from_yaml(path, overrides)
    return str(caught.value).replace(str(path), "bad.yaml")


@pytest.mark.parametrize(("text", "message"), WHOLE_FILES.values(), ids=WHOLE_FILES)
def test_files(tmp_path: Path, text: str, message: str) -> None:
    assert complaint(tmp_path, text) == f"bad.yaml: {message}"


@pytest.mark.parametrize("name", ["3", "''", "'  '", "", "[a]", "x" * 201])
def test_names(tmp_path: Path, name: str) -> None:
    shown = {"": "null", "[a]": "['a']", "x" * 201: f"'{'x' * 76}..."}.get(name, name)
    assert complaint(tmp_path, f"name: {name}\n{SPACE}") == f"bad.yaml: line 1: name: {NAME} (got {shown})"


@pytest.mark.parametrize(("line", "message"), KEYS_OF_SECTIONS.items(), ids=KEYS_OF_SECTIONS)
def test_keys(tmp_path: Path, line: str, message: str) -> None:
    assert complaint(tmp_path, f"name: a\n{SPACE}{line}\n") == f"bad.yaml: line 3: {message}"


@pytest.mark.parametrize(("space", "message"), SPACES.items(), ids=SPACES)
def test_spaces(tmp_path: Path, space: str, message: str) -> None:
    assert complaint(tmp_path, f"name: a\nspace: {space}\n") == f"bad.yaml: line 2: {message}"


@pytest.mark.parametrize(("text", "message"), TOGETHER.items(), ids=TOGETHER)
def test_keys_that_do_not_go_together(tmp_path: Path, text: str, message: str) -> None:
    assert complaint(tmp_path, f"name: a\n{text}\n") == f"bad.yaml: {message}"


@pytest.mark.parametrize(("line", "message"), OWN_FAMILIES.items(), ids=OWN_FAMILIES)
def test_families_of_ones_own(tmp_path: Path, line: str, message: str) -> None:
    assert complaint(tmp_path, f"{OWN_SPACE}{line}\n") == f"bad.yaml: line 11: runtime: {message}"


def test_a_runtime_parameter_must_be_a_name(tmp_path: Path) -> None:
    said = complaint(tmp_path, f"{OWN_SPACE}runtime: [rate, 3]\n")
    assert said == "bad.yaml: line 11: runtime.1: must be a list of text (got 3)"


def test_a_shared_parameter_of_an_own_family_keeps_its_limits(tmp_path: Path) -> None:
    said = complaint(tmp_path, "name: a\nmodel: own:build\nspace: {width: 3, learning_rate: -1}\n")
    assert said == "bad.yaml: line 3: space.learning_rate: must be a number from 1e-10 to 100 (got -1)"


@pytest.mark.parametrize(("overrides", "message"), OVERRIDES, ids=[str(overrides) for overrides, _ in OVERRIDES])
def test_overrides(tmp_path: Path, overrides: Mapping[str, Any], message: str) -> None:
    text = f"name: a\nepochs: 3\ndataset: digits\n{SPACE}"
    assert complaint(tmp_path, text, overrides) == f"bad.yaml: {message}"


def test_ten_errors_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
name:
epoch: 3
dataset:
  source: arrays
  test: 2
model: cnn
early_stopping: {patience: 0}
space:
  filters: {int: [16, 8]}
  unit: 64
  dropout: {float: [0.0, 2.0]}
  padding: {choice: [same], when: {pooling: max}}
objective: val_acc
sampler: {name: tpe, startup: 3}
budget: {}
seed: -1
"""
    assert complaint(tmp_path, text).splitlines() == [
        f"bad.yaml: line 1: name: {NAME} (got null)",
        "bad.yaml: line 2: epoch: unknown key; did you mean 'epochs'?",
        f"bad.yaml: line 4: dataset.source: {ARRAYS} (got 'arrays')",
        "bad.yaml: line 5: dataset.test: must be a number of at least 0 and below 1 (got 2)",
        "bad.yaml: line 7: early_stopping.patience: must be a whole number of at least 1 (got 0)",
        "bad.yaml: line 9: space.filters: low must not be above high (got [16, 8])",
        "bad.yaml: line 10: space.unit: not a parameter of model 'cnn'; did you mean 'units'?",
        "bad.yaml: line 11: space.dropout: must be a number from 0 to 0.95 (got 2.0)",
        "bad.yaml: line 12: space.padding.when.pooling: no such parameter in the space; "
        "valid: filters, unit, dropout, padding",
        f"bad.yaml: line 13: objective.metric: {METRIC} (got 'val_acc')",
        "bad.yaml: line 14: sampler.startup: not an option of sampler 'tpe'; did you mean 'startup_trials'?",
        "bad.yaml: line 15: budget: needs one of trials, minutes, epochs, worker_hours, cost, "
        "as {trials: 40, minutes: 10}",
        "bad.yaml: line 16: seed: must be a whole number of at least 0 and below 4294967296 (got -1)",
    ]


def test_every_message_is_one_line_without_the_validators_jargon(tmp_path: Path) -> None:
    texts = [text for text, _ in WHOLE_FILES.values()]
    texts += [f"name: a\n{SPACE}{line}\n" for line in KEYS_OF_SECTIONS]
    texts += [f"name: a\nspace: {space}\n" for space in SPACES]
    for text in texts:
        said = complaint(tmp_path, text)
        assert "\n" not in said
        assert not re.search(r"[Ii]nput should|validation error|dictionary|instance of|pydantic|None|True|False", said)


def test_a_merged_key_has_the_line_of_its_section(tmp_path: Path) -> None:
    text = f"name: a\ndataset: &a {{source: mnist, tset: 1}}\nresources: {{<<: *a}}\n{SPACE}"
    assert complaint(tmp_path, text).splitlines() == [
        "bad.yaml: line 2: dataset.tset: unknown key; did you mean 'test'?",
        f"bad.yaml: line 3: resources.source: unknown key; valid: {RESOURCES}",
        f"bad.yaml: line 3: resources.tset: unknown key; valid: {RESOURCES}",
    ]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: cannot read the experiment file: No such file or directory$"):
        Experiment.from_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"cannot read the experiment file: Is a directory$"):
        Experiment.from_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.yaml: cannot read the experiment file: it is not UTF-8 text$"):
        Experiment.from_yaml(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"dataset": np.zeros((3, 8, 8))}, "(got 'ndarray')"),
        ({"dataset": (1, 2, 3)}, "(got (int, int, int))"),
        ({"space": {"dropout": Float(0, 1)}}, "space.dropout: must be a number from 0 to 0.95 (got 1.0)"),
        ({"epoch": 3}, "epoch: unknown key; did you mean 'epochs'?"),
        ({"name": 3}, f"name: {NAME} (got 3)"),
    ],
)
def test_from_python(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Experiment(**{"name": "a", "space": {"filters": 8}, **keys})
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(message)


def test_a_value_of_the_command_line_is_yaml() -> None:
    assert parse_value("{choice: [8, 1e-4, true, ~]}") == {"choice": [8, 1e-4, True, None]}
    with pytest.raises(InputError, match="is not valid YAML: expected"):
        parse_value("{choice: [8")


def test_a_key_that_is_no_utf8_is_told() -> None:
    with pytest.raises(InputError, match="every key must be a text, in UTF-8"):
        Experiment(**{"name": "x", "space": {"filters": 4}, "\ud800": 1})
