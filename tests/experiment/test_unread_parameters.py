"""Parameters that another one switches on: refused where it never does, told where it often does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.problems.unread import unread_problems, unread_remarks
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.experiment.schema import searchable, space_schema
from cnnsearch.families import FAMILIES
from cnnsearch.space import Space, parse_parameter
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.space.switches import Switch
from cnnsearch.tasks import TASKS

RANGE = {"float": [0.8, 0.95]}
BOTH = {"choice": ["adam", "sgd"]}
HEADS = {"choice": ["dense", "logistic_regression", "linear_svm"]}
NUMBERS = {"task": "regression", "dataset": {"source": "npz", "path": "numbers.npz"}}
LABELS = {"task": "multilabel", "dataset": {"source": "npz", "path": "labels.npz"}}
MASKS = {"task": "segmentation", "model": "unet", "dataset": {"source": "digit_scenes"}}
BOXES = {"task": "detection", "model": "detector", "dataset": {"source": "digit_boxes"}}
SENTENCES = {"model": "text_cnn", "dataset": "sentences"}
STEP = "with learning_rate_schedule step"
MOVES = "random_rotation, random_translation, random_zoom, random_shear, random_crop or rand_augment"


def searching(space: dict[str, Any], **keys: Any) -> Experiment:
    return Experiment(**{"name": "x", "space": space, "model": "transfer" if "head" in space else "cnn", **keys})


def refused(space: dict[str, Any], **keys: Any) -> dict[str, str]:
    """Key -> rule."""
    with pytest.raises(InputError) as caught:
        searching(space, **keys)
    return {problem.where: problem.rule for problem in caught.value.problems}


def remarks(space: dict[str, Any], **keys: Any) -> list[str]:
    made = searching(space, **keys)
    return list(unread_remarks(made.space, made.searchable))


UNREAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "word_vectors": (
        {"word_vectors": "a.vec", "tokens": "subwords"},
        SENTENCES,
        "with tokens words, and tokens is subwords",
    ),
    "tune_vectors": (
        {"tune_vectors": False},
        SENTENCES,
        "with word_vectors other than none, and word_vectors is none",
    ),
    "embedding_size": (
        {"embedding_size": 32, "word_vectors": "a.vec"},
        SENTENCES,
        "with word_vectors none or with tokens subwords, and word_vectors is a.vec and tokens is words",
    ),
    "momentum": ({"momentum": RANGE}, {}, "with optimizer sgd, and optimizer is adam"),
    "momentum of another": (
        {"momentum": {**RANGE, "when": {"optimizer": "adam"}}, "optimizer": BOTH},
        {},
        "with optimizer sgd, and optimizer is adam",
    ),
    "momentum of none": (
        {"momentum": 0.8, "optimizer": {"choice": ["adam", "lion"]}},
        {},
        "with optimizer sgd, and optimizer is adam or lion",
    ),
    "decay_epochs": (
        {"decay_epochs": 3},
        {},
        "with learning_rate_schedule step, and learning_rate_schedule is constant",
    ),
    "decay_factor": (
        {"decay_factor": 0.3, "learning_rate_schedule": "cosine"},
        {},
        f"{STEP}, and learning_rate_schedule is cosine",
    ),
    "decay_power": (
        {"decay_power": {"choice": [1.0, 2.0]}},
        {},
        "with learning_rate_schedule polynomial, and learning_rate_schedule is constant",
    ),
    "clip_norm_of": (
        {"clip_norm_of": "each", "clip_norm": {"choice": [0]}},
        {},
        "with clip_norm other than 0, and clip_norm is 0",
    ),
    "class_weights_beta": (
        {"class_weights_beta": 0.9, "class_weights": {"choice": ["none", [1.0, 2.0]]}},
        {},
        "with class_weights effective, and class_weights is none or [1.0, 2.0]",
    ),
    "positive_weights_beta": (
        {"positive_weights_beta": 0.9},
        LABELS,
        "with positive_weights effective, and positive_weights is none",
    ),
    "huber_delta": ({"huber_delta": 0.5, "loss": "mae"}, NUMBERS, "with loss huber, and loss is mae"),
    "mask_focal_gamma": (
        {"mask_focal_gamma": 1.0},
        MASKS,
        "with mask_loss focal, focal_dice or focal_tversky, and mask_loss is cross_entropy",
    ),
    "centre_share": (
        {"centre_share": 0.3, "box_assignment": "overlap"},
        BOXES,
        "with box_assignment centre, and box_assignment is overlap",
    ),
    "matching_overlap": ({"matching_overlap": 0.4}, BOXES, "with box_assignment overlap, and box_assignment is centre"),
    "feature_pyramid": (
        {"feature_pyramid": False, "map_levels": 1},
        BOXES,
        "with map_levels other than 1, and map_levels is 1",
    ),
    "anchor_ratios": ({"anchor_ratios": 1}, BOXES, "with boxes_from anchors, and boxes_from is places"),
    "tversky_misses": (
        {"tversky_misses": 0.8, "mask_loss": "dice"},
        MASKS,
        "with mask_loss tversky or focal_tversky, and mask_loss is dice",
    ),
    "fill_mode": (
        {"fill_mode": {"choice": ["reflect", "wrap"]}, "random_flip": "both", "random_zoom": 0.0},
        {},
        f"with {MOVES} other than 0, and each of these is 0",
    ),
    "pool_size": ({"pool_size": 3, "pooling": "none"}, {}, "with pooling other than none, and pooling is none"),
    "units": (
        {"units": {"int": [8, 16]}, "dense_layers": 0},
        {},
        "with dense_layers other than 0, and dense_layers is 0",
    ),
    "filter_growth": (
        {"filter_growth": 1.5, "conv_blocks": 1},
        {},
        "with conv_blocks other than 1, and conv_blocks is 1",
    ),
    "normalization_momentum": (
        {"normalization_momentum": 0.97},
        {},
        "with batch_normalization true or with normalization batch, and batch_normalization is false "
        "and normalization is none",
    ),
    "padding": ({"padding": "valid", "block": "residual"}, {}, "with block plain, and block is residual"),
    "stem_strides": ({"stem_strides": 2}, {}, "with block residual, bottleneck or separable, and block is plain"),
    "stochastic_depth": ({"stochastic_depth": 0.1}, {}, "with block residual or bottleneck, and block is plain"),
    "attention_reduction": (
        {"attention_reduction": 4},
        {},
        "with attention other than none, and attention is none",
    ),
    "self_attention_heads": (
        {"self_attention_heads": 2},
        {},
        "with self_attention_layers other than 0, and self_attention_layers is 0",
    ),
    "normalization_groups": (
        {"normalization_groups": 4},
        {},
        "with normalization group, and normalization is none",
    ),
    "batch_normalization": (
        {"batch_normalization": True, "normalization": "layer"},
        {},
        "with normalization none, and normalization is layer",
    ),
    "filters_3": ({"filters_3": 8}, {}, "with conv_blocks other than 1 or 2, and conv_blocks is 2"),
    "kernel_size_4": ({"kernel_size_4": 5}, {}, "with conv_blocks other than 1, 2 or 3, and conv_blocks is 2"),
    "regularization_c": (
        {"regularization_c": 0.1, "head": "dense"},
        {},
        "with head logistic_regression or linear_svm, and head is dense",
    ),
    "learning_rate": ({"learning_rate": 0.01, "head": "linear_svm"}, {}, "with head dense, and head is linear_svm"),
    "label_smoothing": ({"label_smoothing": 0.1, "head": "linear_svm"}, {}, "with head dense, and head is linear_svm"),
    "head_units": ({"head_units": 8, "head": "dense"}, {}, "with head_layers other than 0, and head_layers is 0"),
    "layer_decay": (
        {"layer_decay": 0.9, "head": "dense", "unfrozen_layers": 0.0},
        {},
        "with unfrozen_layers other than 0, and unfrozen_layers is 0",
    ),
    "fine_tune_learning_rate_factor": (
        {"fine_tune_learning_rate_factor": 0.3, "head": "dense", "unfrozen_layers": 3},
        {},
        "with fine_tune_epochs other than null or 0, and fine_tune_epochs is null",
    ),
    "backbone_alpha": (
        {"backbone_alpha": 0.5},
        MASKS,
        "with encoder other than scratch, and encoder is scratch",
    ),
    "skip_projection": (
        {"skip_projection": False},
        MASKS,
        "with skip_connections true and encoder other than scratch, and encoder is scratch",
    ),
    "skip_projection without": (
        {"skip_projection": False, "skip_connections": False, "encoder": "resnet50", "weights": "none"},
        MASKS,
        "with skip_connections true and encoder other than scratch, and skip_connections is false",
    ),
    "scaling": (
        {"scaling": "standardize", "encoder": "resnet50", "weights": "none"},
        MASKS,
        "with encoder scratch, and encoder is resnet50",
    ),
    "kernel_count": (
        {"kernel_count": 2, "arrangement": "chain"},
        SENTENCES,
        "with arrangement parallel, and arrangement is chain",
    ),
    "conv_blocks": ({"conv_blocks": 3}, SENTENCES, "with arrangement chain, and arrangement is parallel"),
}
"""Name, or what begins with it -> a space whose configs do not read it, other keys, and what is told."""


@pytest.mark.parametrize("case", UNREAD)
def test_what_no_config_reads_is_refused(case: str) -> None:
    space, keys, told = UNREAD[case]
    name = case.split(" ")[0]
    rule = f"does nothing: it is read only {told}; leave it out, or change that"
    assert refused(space, **keys) == {f"space.{name}": rule}
    with reading_a_record():  # a study of a time in which nobody minded
        assert name in searching(space, **keys).space


def test_each_switch_is_tried() -> None:
    known = [searchable(family.spec, task) for family in FAMILIES.values() for task in TASKS.values()]
    declared = {spec.read_where for each in known for spec in each.values() if spec.read_where}
    tried = {case.split(" ")[0] for case in UNREAD}
    assert {spec.read_where for each in known for spec in each.values() if spec.name in tried} - {()} == declared


def test_what_switches_may_be_switched_itself() -> None:
    found = refused({"head": "linear_svm", "clip_norm": 1.0, "clip_norm_of": "each"})
    assert found["space.clip_norm_of"].startswith(
        "does nothing: it is read only with clip_norm other than 0, and clip_norm does nothing itself"
    )
    assert found["space.clip_norm"].startswith("does nothing: it is read only with head dense")


@pytest.mark.parametrize(
    "space",
    [
        {"momentum": RANGE, "optimizer": "sgd"},
        {"momentum": RANGE, "optimizer": BOTH},
        {"momentum": 0.9, "decay_power": 1, "units": {"choice": [128]}},  # whole configs name their defaults
        {"clip_norm_of": "each", "clip_norm": {"float": [0, 1]}},
        {"fill_mode": "wrap", "rand_augment": {"choice": [0.0, 0.3]}},
        {"units": {"int": [8, 16]}, "dense_layers": {"int": [0, 2]}},
        {"head": HEADS, "learning_rate": RANGE, "regularization_c": {"float": [0.1, 1.0]}},
        # Where its own condition does not hold, the switch has its default: on.
        {"pool_size": 3, "pooling": {"choice": ["none"], "when": {"conv_blocks": 1}}, "conv_blocks": {"int": [1, 2]}},
    ],
    ids=str,
)
def test_what_some_config_reads_is_not(space: dict[str, Any]) -> None:
    assert searching(space).space


def test_conditions_that_exclude_each_other() -> None:
    sgd = {"choice": ["sgd"], "when": {"conv_blocks": 1}}
    space = {"conv_blocks": {"int": [1, 2]}, "optimizer": sgd, "momentum": {**RANGE, "when": {"conv_blocks": 2}}}
    assert "optimizer is adam" in refused(space)["space.momentum"]


def test_a_record_takes_new_values_as_long_as_these_are_right() -> None:
    with reading_a_record():
        recorded = searching({"momentum": RANGE})
    assert recorded.updated({"budget.trials": 7}).budget.trials == 7
    with pytest.raises(InputError) as caught:
        recorded.updated({"budget.trials": -7})
    assert [problem.where for problem in caught.value.problems] == ["budget.trials"]
    with pytest.raises(InputError, match=r"space\.decay_power"):
        recorded.updated({"space.decay_power": 2.0})


class TestRemarks:
    def test_name_the_condition(self) -> None:
        assert remarks(
            {"momentum": RANGE, "optimizer": BOTH, "units": {"int": [8, 9]}, "dense_layers": {"int": [0, 2]}}
        ) == [
            "space.momentum: read only with optimizer sgd, and searched without too: 'when: {optimizer: sgd}' spares "
            "trials that do not differ",
            "space.units: read only with dense_layers other than 0, and searched without too: "
            "'when: {dense_layers: [1, 2]}' spares trials that do not differ",
        ]

    def test_name_the_condition_of_what_must_be_on_beside(self) -> None:
        skips = {"choice": [True, False]}
        space = {"skip_projection": skips, "encoder": {"choice": ["scratch", "resnet50"]}, "weights": "none"}
        (said,) = remarks(space, **MASKS)
        assert "with encoder other than scratch, and searched without too: 'when: {encoder: resnet50}'" in said
        assert len(remarks({**space, "skip_connections": skips}, **MASKS)) == 2

    def test_are_one_for_all_that_one_switch_reads(self) -> None:
        found = remarks({"head": HEADS, "learning_rate": RANGE, "dropout": {"choice": [0.0, 0.5]}, "batch_size": 32})
        assert [each.partition(":")[0] for each in found] == ["space.learning_rate, space.dropout"]
        assert "'when: {head: dense}'" in found[0]

    @pytest.mark.parametrize(
        "space",
        [
            {"momentum": {**RANGE, "when": {"optimizer": "sgd"}}, "optimizer": BOTH},
            {"momentum": 0.8, "optimizer": BOTH},  # not searched
            {"clip_norm_of": {"choice": ["all", "each"]}, "clip_norm": {"float": [0, 1]}},  # hardly ever 0
            {"head": "dense", "unfrozen_layers": {"int": [0, 12]}, "layer_decay": RANGE},  # one of 13
            {"fill_mode": {"choice": ["wrap", "reflect"]}, "random_zoom": {"choice": [0, 0.1]}, "random_crop": 0.1},
        ],
        ids=str,
    )
    def test_are_left_out_where_they_help_nobody(self, space: dict[str, Any]) -> None:
        assert remarks(space) == []


@given(st.data())
def test_what_is_refused_is_what_no_draw_reads(data: st.DataObject) -> None:
    """Against drawing: two switches in a row, each with a condition or none."""
    known = Parameters(
        ParameterSpec("a", "int", 0, "a"),
        ParameterSpec("b", "int", 0, "b", read_where=(Switch("a", on=(1, 2)),)),
        ParameterSpec(
            "c", "int", 0, "c", read_where=(Switch("b", off=(0,), beside=Switch("a", on=(2,))), Switch("a", on=(3,)))
        ),
    )
    numbers = st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True)
    given = {"a": {"choice": data.draw(numbers)}}
    for name, parents in (("b", ["a"]), ("c", ["a", "b"])):
        parameter: dict[str, Any] = {"choice": [value + 4 * (name == "c") for value in data.draw(numbers)]}
        parent = data.draw(st.sampled_from([None, *parents]))
        if parent is not None:
            parameter["when"] = {parent: data.draw(st.sampled_from(given[parent]["choice"]))}
        given[name] = parameter

    def reads(name: str, config: dict[str, Any]) -> bool:
        switches = known[name].read_where
        return not switches or any(is_on(each, config) for each in switches)

    def is_on(switch: Switch, config: dict[str, Any]) -> bool:
        beside = switch.beside is None or is_on(switch.beside, config)
        return beside and switch.reads(config[switch.name]) and reads(switch.name, config)

    configs = list(Space(given).grid())
    unread = {
        f"space.{name}"
        for name in ("b", "c")
        if not any(name in config and reads(name, known.filled(config)) for config in configs)
        and given[name]["choice"] != [0]  # its default
    }
    space = {name: parse_parameter(parameter) for name, parameter in given.items()}
    found = {problem.where for problem in unread_problems(space, known)}
    assert found <= unread
    if not any("when" in given[name] for name in ("b", "c")):
        assert found == unread


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("task", TASKS)
def test_switches_are_parameters_with_such_values(family: str, task: str) -> None:
    known = searchable(FAMILIES[family].spec, TASKS[task])
    for spec in known.values():
        for switch in spec.read_where:
            assert all(known[switch.name].accepts(value) for value in (*switch.on, *switch.off))
            # No circle: what switches is switched by others only.
            waiting = [switch.name, *([switch.beside.name] if switch.beside else [])]
            while waiting:
                name = waiting.pop()
                assert name != spec.name
                waiting += [each.name for each in known[name].read_where]
    assert set(FAMILIES[family].spec.read_where) <= {*known, "label_smoothing"}


def test_documentation_says_it() -> None:
    schema = space_schema()["properties"]
    assert schema["momentum"]["description"].startswith("momentum (0 for none); read only with optimizer sgd (a number")
    assert "read only with clip_norm other than 0" in schema["clip_norm_of"]["description"]


@pytest.mark.parametrize(("on", "off"), [((), ()), ((1,), (2,))])
def test_a_switch_says_when_it_is_on_or_when_it_is_off(on: tuple[int, ...], off: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="values either on or off"):
        Switch("a", on, off)
