from __future__ import annotations

import functools
import inspect
import os
import pickle
import re
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from cnnsearch.data.sources.spec import ArraysSource, DirectorySource
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment, Objective, Preprocessing
from cnnsearch.experiment.configs.kept_space import space_remarks
from cnnsearch.space import Choice, Float, Int, Space

FILES = sorted((Path(__file__).parents[2] / "search_spaces").glob("*.yaml"))
X = np.zeros((4, 8, 8), dtype=np.uint8)
Y = [0, 1, 0, 1]


def experiment(**keys: Any) -> Experiment:
    return Experiment(**{"name": "a", "space": {"filters": {"choice": [8, 16]}}, **keys})


def of_this_module(config: Any, shape: Any, classes: int) -> None:
    """A family of a user's own."""


class TestConstraints:
    def test_the_space_keeps_them_and_the_file_names_them(self) -> None:
        made = experiment(space={"filters": {"choice": [8, 16]}, "units": {"int": [1, 64]}}, constraints=["units < 9"])
        assert made.space.size() == 16
        again = Experiment.from_text(made.to_yaml().encode(), "a study")
        assert again == made
        assert again.space.size() == 16
        assert made.updated({"constraints": []}).space.size() == 128

    def test_a_space_brings_no_constraints_from_elsewhere(self) -> None:
        kept = experiment(constraints=["filters < 9"]).space
        assert (kept.size(), experiment(space=kept).space.size()) == (1, 2)

    def test_what_the_space_leaves_out_has_its_default(self) -> None:
        """Those of the family, of training, and of preprocessing."""
        given = ["filters * batch_size <= 512", "scaling == 'unit'", "optimizer == 'adam'"]
        assert [config["filters"] for config in experiment(constraints=given).space.grid()] == [8]
        for size, held in ((64, True), ([64, 64], True), (32, False)):
            source = {"source": "digits", "image_size": size}
            sized = experiment(constraints=["filters == 8 or image_size == [64, 64]"], dataset=source)
            assert (sized.space.size() == 2) == held

    def test_what_changes_nothing_or_leaves_next_to_nothing_is_told(self) -> None:
        space = {"filters": {"choice": [8, 16]}, "units": {"int": [1, 4000]}}
        made = experiment(space=space, constraints=["filters < 17", "units <= 1", "units * filters <= 1e6"])
        assert space_remarks(made) == [
            "constraints.0: holds for every config of the space, so it changes nothing: filters < 17",
            "constraints.2: holds for every config of the space, so it changes nothing: units * filters <= 1e6",
            "constraints: leave about 0.04% of the space: draws take long; narrower parameters spare them",
        ]
        assert space_remarks(experiment(space=space, constraints=["units <= 400"])) == []

    def test_a_record_from_before_there_were_any_has_none(self) -> None:
        text = "\n".join(line for line in experiment().to_yaml().splitlines() if not line.startswith("constraints"))
        assert Experiment.from_text(text.encode(), "a study") == experiment()


class TestAFunctionForTheModel:
    def test_is_named_by_its_module(self) -> None:
        given = experiment(model=of_this_module, space={"width": 3}, runtime=("width",))
        assert given.model == f"{__name__}:of_this_module"
        assert given == experiment(model=f"{__name__}:of_this_module", space={"width": 3}, runtime=("width",))
        assert Experiment.from_dict(given.to_dict()) == given

    def test_is_checked_like_its_name(self) -> None:
        with pytest.raises(InputError, match=r"runtime: .*rate"):
            experiment(model=of_this_module, space={"width": 3}, runtime=("rate",))

    def test_of_no_module_is_written_into_one(self) -> None:
        def inside(config: Any, shape: Any, classes: int) -> None: ...

        given = experiment(model=inside, space={"width": 3}, runtime=("width",))
        assert re.fullmatch("from_main_[0-9a-f]{12}:inside", given.model)
        assert Experiment.from_dict(given.to_dict()) == given

    def test_must_be_a_function_that_has_a_source(self) -> None:
        typed = type(of_this_module)(of_this_module.__code__, {"__name__": "__main__"}, "typed")
        rules = {
            "must be a function that has a name": lambda *_: None,
            "must be a function, not partial": functools.partial(of_this_module, {}),
            "has no source that could be read": typed,
            "must be a function, not builtin": [].append,
        }
        for rule, function in rules.items():
            with pytest.raises(InputError, match=f"model: {rule}"):
                experiment(model=function)


class TestEveryFile:
    def test_there_are_files(self) -> None:
        assert len(FILES) >= 3

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_goes_through_yaml_and_back(self, path: Path, tmp_path: Path) -> None:
        read = Experiment.from_yaml(path)
        (tmp_path / "again.yaml").write_text(read.to_yaml(), encoding="utf-8")
        again = Experiment.from_yaml(tmp_path / "again.yaml")
        assert again == read
        assert again.to_yaml() == read.to_yaml()
        assert again.to_dict() == read.to_dict()

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_goes_through_a_mapping_and_a_pickle(self, path: Path) -> None:
        read = Experiment.from_yaml(path)
        assert Experiment.from_dict(read.to_dict()) == read
        assert pickle.loads(pickle.dumps(read)) == read


def test_a_file_says_its_format_and_every_default(tmp_path: Path) -> None:
    text = experiment().to_yaml()
    assert text.startswith("format: 1\nname: a\n")
    for key in set(Experiment.model_fields) - {"declaration"}:  # of a family from outside alone
        assert f"\n{key}:" in text
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    assert Experiment.from_yaml(path) == experiment()


@pytest.mark.parametrize(
    "name", ["é – 数字", "a: b # c", "'quoted' \"twice\"", "<script>", "- x", "null", "1.0", "a\nb"]
)
def test_names_are_free_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(experiment(name=name).to_yaml(), encoding="utf-8")
    assert Experiment.from_yaml(path).name == name


def test_small_and_large_numbers_keep_their_value(tmp_path: Path) -> None:
    made = experiment(space={"l2": Float(1e-10, 1.5e-7, log=True), "learning_rate": 1e-05, "dropout": 1 / 3})
    path = tmp_path / "a.yaml"
    path.write_text(made.to_yaml(), encoding="utf-8")
    assert Experiment.from_yaml(path) == made


def test_shorthands_are_the_same_as_their_long_form() -> None:
    assert experiment(dataset="mnist") == experiment(dataset={"source": "mnist"})
    assert experiment(objective="val_loss") == experiment(objective={"metric": "val_loss", "mode": "min"})
    assert experiment(sampler="tpe") == experiment(sampler={"name": "tpe", "startup_trials": 10})
    assert experiment(sampler={"prior": "defaults"}) == experiment(sampler={"name": "auto", "prior": "defaults"})
    assert experiment(scheduler={"reduction": 2}) == experiment(scheduler={"name": "asha", "reduction": 2})
    assert experiment(scheduler="none").scheduler == {"name": "none"}
    assert experiment(dataset={"source": "mnist", "image_size": 12}).dataset.image_size == (12, 12)
    space = Space(filters=Choice((8, 16)))
    assert experiment(space=space) == experiment()


@pytest.mark.parametrize(("metric", "mode", "sign"), [("val_accuracy", "max", 1), ("val_loss", "min", -1)])
def test_the_direction_of_an_objective(metric: Any, mode: str, sign: float) -> None:
    objective = Objective(metric=metric)
    assert (objective.mode, objective.sign) == (mode, sign)


class TestUpdated:
    def test_dotted_keys_reach_inside(self) -> None:
        before = experiment(budget={"trials": 40, "minutes": 5})
        after = before.updated({"budget.trials": 6, "epochs": 2, "early_stopping.patience": 3, "space.units": 64})
        assert (after.budget.trials, after.budget.minutes, after.epochs) == (6, 5, 2)
        assert after.early_stopping is not None
        assert after.early_stopping.patience == 3
        assert list(after.space) == ["filters", "units"]
        assert (before.epochs, list(before.space)) == (20, ["filters"])

    def test_nothing_changed_is_equal(self) -> None:
        assert experiment().updated({}) == experiment()

    def test_what_is_not_valid_is_refused(self) -> None:
        with pytest.raises(InputError) as caught:
            experiment().updated({"budget.trials": 0, "epoch": 3})
        assert str(caught.value).splitlines() == [
            "budget.trials: must be a whole number of at least 1 or null (got 0)",
            "epoch: unknown key; did you mean 'epochs'?",
        ]

    def test_arrays_stay(self) -> None:
        made = experiment(dataset=(X, Y))
        after = made.updated({"dataset.validation": 0.3})
        assert isinstance(after.dataset, ArraysSource)
        assert after.dataset.x is X
        assert after.dataset.y is Y
        assert after.dataset.validation == 0.3

    @pytest.mark.parametrize("key", ["dataset.validation", "dataset.image_size", "dataset.tset"])
    def test_arrays_do_not_hide_what_is_not_valid(self, key: str) -> None:
        with pytest.raises(InputError, match=key):
            experiment(dataset=(X, Y)).updated({key: -7})

    def test_arrays_can_be_replaced(self) -> None:
        assert experiment(dataset=(X, Y)).updated({"dataset": "mnist"}).dataset.source == "mnist"


class TestOverrides:
    TEXT = "name: a\ndataset: digits\nsampler: tpe\nobjective: val_f1\nspace: {filters: {choice: [8, 16]}, units: 64}\n"

    def read(self, tmp_path: Path, overrides: dict[str, Any]) -> Experiment:
        (tmp_path / "a.yaml").write_text(self.TEXT, encoding="utf-8")
        return Experiment.from_yaml(tmp_path / "a.yaml", overrides)

    @pytest.mark.parametrize(
        ("key", "value", "found"),
        [
            ("epochs", 3, lambda read: read.epochs),
            ("name", "b", lambda read: read.name),
            ("dataset.validation", 0.4, lambda read: read.dataset.validation),
            ("sampler.startup_trials", 5, lambda read: read.sampler["startup_trials"]),
            ("budget.trials", 7, lambda read: read.budget.trials),
            ("early_stopping.patience", 4, lambda read: read.early_stopping.patience),
            ("space.units", 32, lambda read: read.space["units"].value),
            ("space.units.choice", [32, 64], lambda read: list(read.space["units"].options)),
            ("space.filters.choice", [4], lambda read: list(read.space["filters"].options)),
            ("space.dropout", 0.5, lambda read: read.space["dropout"].value),
            ("sampler", "random", lambda read: read.sampler["name"]),
            ("objective.metric", "val_loss", lambda read: read.objective.metric),
        ],
    )
    def test_replace_what_the_file_says(self, tmp_path: Path, key: str, value: Any, found: Any) -> None:
        assert found(self.read(tmp_path, {key: value})) == value

    def test_keep_what_stands_beside(self, tmp_path: Path) -> None:
        read = self.read(tmp_path, {"dataset.test": 0.1, "sampler.startup_trials": 5, "space.dropout": 0.5})
        assert read.dataset.source == "digits"
        assert read.sampler == {**experiment(sampler="tpe").sampler, "startup_trials": 5}
        assert list(read.space) == ["filters", "units", "dropout"]

    def test_mend_what_is_wrong_in_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("name: a\nepochs: 0\nspace: {units: 8}\n", encoding="utf-8")
        assert Experiment.from_yaml(tmp_path / "a.yaml", {"epochs": 2}).epochs == 2


class TestFilled:
    def test_every_parameter_of_the_family_has_a_value(self) -> None:
        filled = experiment().filled({"filters": 8})
        assert list(filled) == list(experiment().searchable)
        assert (filled["filters"], filled["batch_size"], filled["scaling"], filled["image_size"]) == (
            8,
            64,
            "unit",
            None,
        )

    def test_the_config_goes_over_preprocessing_over_the_data_set(self) -> None:
        made = experiment(dataset={"source": "digits", "image_size": 12}, preprocessing={"scaling": "standardize"})
        assert made.filled({})["image_size"] == (12, 12)
        assert made.filled({})["scaling"] == "standardize"
        over = made.updated({"preprocessing.image_size": [10, 11]})
        assert over.filled({})["image_size"] == (10, 11)
        assert over.filled({"image_size": 16, "scaling": "none"})["image_size"] == 16
        assert over.filled({"image_size": 16, "scaling": "none"})["scaling"] == "none"

    def test_a_config_is_not_changed(self) -> None:
        config = {"filters": 8}
        experiment().filled(config)
        assert config == {"filters": 8}


class TestOwnFamily:
    KEYS: ClassVar[dict[str, Any]] = {
        "model": "package.module:function",
        "space": {"width": {"choice": [4, 8]}, "rate": {"float": [0.0, 0.5]}, "sizes": {"choice": [[1, 2], [3]]}},
        "runtime": ["rate"],
    }

    def test_its_space_names_what_it_likes(self) -> None:
        made = experiment(**self.KEYS)
        assert made.runtime == ("rate",)
        assert list(made.family.parameters) == ["width", "rate", "sizes"]
        filled = made.filled({"width": 4, "rate": 0.1, "sizes": (3,), "learning_rate": 0.5})
        assert (filled["width"], filled["sizes"], filled["learning_rate"], filled["batch_size"]) == (4, (3,), 0.5, 64)

    def test_goes_through_yaml_and_back(self, tmp_path: Path) -> None:
        made = experiment(**self.KEYS)
        (tmp_path / "a.yaml").write_text(made.to_yaml(), encoding="utf-8")
        assert Experiment.from_yaml(tmp_path / "a.yaml") == made
        assert Experiment.from_dict(made.to_dict()) == made
        assert pickle.loads(pickle.dumps(made)) == made

    def test_runtime_may_name_any_parameter_that_is_a_number(self) -> None:
        space = {"a": {"choice": [1, 2.5]}, "b": {"int": [1, 3]}, "c": 0.5, "d": {"float": [0, 1]}}
        made = experiment(model="m:f", space=space, runtime=tuple(space))
        assert {"a", "b", "c", "d"} <= made.active

    def test_what_is_not_said_to_be_runtime_is_not_active(self) -> None:
        assert experiment(**self.KEYS).active & {"width", "rate", "sizes"} == {"rate"}


class TestActive:
    ALWAYS = frozenset(
        {
            *("learning_rate", "learning_rate_schedule", "decay_epochs", "decay_factor", "decay_power", "momentum"),
            "class_weights_beta",
        }
    )

    @pytest.mark.parametrize(
        ("space", "active"),
        [
            ({}, set()),
            ({"filters": {"choice": [2, 4]}, "random_flip": "both", "optimizer": "sgd"}, set()),
            ({"dropout": {"float": [0.0, 0.5]}, "l2": 1e-4}, {"dropout", "l2"}),
            ({"dropout": 0.0, "class_weights": "none"}, set()),
            ({"class_weights": {"choice": ["none", "balanced"]}}, {"class_weights"}),
            ({"random_zoom": {"choice": [0.0, 0.1]}}, {"random_zoom"}),
        ],
    )
    def test_is_what_may_do_something(self, space: dict[str, Any], active: set[str]) -> None:
        assert experiment(space={"units": 8, **space}).active == self.ALWAYS | active

    def test_a_constant_that_turns_a_default_off(self) -> None:
        assert "momentum" not in experiment(space={"units": 8, "optimizer": "sgd", "momentum": 0.0}).active

    def test_a_conditional_parameter_may_have_its_default_too(self) -> None:
        space = {
            "optimizer": {"choice": ["adam", "sgd"]},
            "momentum": {"choice": [0.0], "when": {"optimizer": "sgd"}},
            "weight_decay": {"float": [0.0, 0.1], "when": {"optimizer": "sgd"}},
        }
        assert experiment(space=space).active == self.ALWAYS | {"weight_decay"}


def test_resources_have_defaults_that_limit_nothing() -> None:
    resources = experiment().resources
    assert (resources.cpus, resources.gpus, resources.max_concurrent, resources.memory_gb) == (1, 0.0, None, None)
    assert (resources.gpu_memory_gb, resources.xla, resources.precision) == (None, False, "float32")


class TestArrays:
    def test_equality_compares_the_arrays(self) -> None:
        made = experiment(dataset=(X, Y))
        assert made == experiment(dataset=(X, Y))
        assert made == experiment(dataset=(X.copy(), np.array(Y)))
        assert made != experiment(dataset=(X + 1, Y))
        assert made != experiment(dataset=(X[:3], Y[:3]))
        assert made != experiment(dataset=(X, [0, 1, 1, 1]))
        assert made != experiment(dataset=ArraysSource(x=X, y=Y, x_test=X, y_test=Y))
        assert made != experiment(dataset=ArraysSource(x=X, y=Y, test=0.1))
        assert made != experiment()
        assert experiment() != made

    def test_ragged_arrays_compare_too(self) -> None:
        assert experiment(dataset=([[1], [1, 2]], Y)) != experiment(dataset=([[1], [1, 3]], Y))

    def test_are_not_written(self) -> None:
        made = experiment(dataset=(X, Y))
        of_labels = {"source", "classes", "validation", "test", "limit", "image_size", "resizing"}
        assert set(made.to_dict()["dataset"]) == of_labels | {"mask_classes", "mask_binary", "mask_void"}
        assert "array(" not in repr(made)

    def test_a_study_may_record_that_there_were_arrays(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text(experiment(dataset=(X, Y)).to_yaml(), encoding="utf-8")
        with pytest.raises(InputError, match=r"dataset\.source: arrays come from Python only"):
            Experiment.from_yaml(tmp_path / "a.yaml")
        read = Experiment.from_text((tmp_path / "a.yaml").read_bytes(), "a.yaml")
        assert read.dataset.source == "arrays"
        assert read.dataset == ArraysSource()


class TestGrid:
    def test_a_million_configs_are_the_most(self) -> None:
        space = Space(units=Int(1, 1000), filters=Int(1, 1000))
        assert experiment(sampler="grid", space=space).space.size() == 1_000_000
        with pytest.raises(InputError, match="grid takes at most 1,000,000 configs and this space has 1,001,000"):
            experiment(sampler="grid", space={**space, "units": Int(1, 1001)})

    def test_points_bound_a_range(self) -> None:
        space = {"l2": {"float": [0.0, 1.0]}, "units": {"int": [1, 60000]}}
        assert experiment(sampler={"name": "grid", "points": 3}, space=space).space.size(3) == 9


def test_settings_may_be_given_as_objects() -> None:
    assert experiment(preprocessing=Preprocessing(scaling="none")).preprocessing.scaling == "none"
    with pytest.raises(InputError, match="stands in the space too"):
        experiment(preprocessing=Preprocessing(scaling="none"), space={"scaling": Choice(("unit", "none"))})


def test_an_experiment_cannot_change() -> None:
    made = experiment()
    for section, key in ((made, "epochs"), (made.budget, "trials"), (made.dataset, "test"), (made.objective, "mode")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, key, 1)
    with pytest.raises(TypeError):
        made.space["filters"] = 3  # type: ignore[index]


def test_a_path_may_hold_any_bytes() -> None:
    path = os.fsdecode(b"/data/caf\xe9")
    made = experiment(dataset={"source": "directory", "path": path}, tracking={"tensorboard": path})
    again = Experiment.from_text(made.to_yaml().encode(), "experiment.yaml")
    assert again == made
    assert isinstance(again.dataset, DirectorySource)
    assert (again.dataset.path, again.tracking.tensorboard) == (path, path)
    with pytest.raises(InputError, match=r"^name: must be UTF-8 \(got 'caf\\xe9'\)$"):
        experiment(name="caf\udce9")


class TestFromPython:
    """What a script or a notebook writes, and what it is shown."""

    PAIR = (X, Y)
    TEST = (X[:2], [1, 0])

    @pytest.mark.parametrize("given", [(PAIR, TEST), (PAIR, list(TEST)), ((X[..., None], np.eye(2)[Y]), TEST)])
    def test_what_load_data_gives_is_taken_as_training_and_test(self, given: Any) -> None:
        source = experiment(dataset=given).dataset
        assert isinstance(source, ArraysSource)
        (x, y), (x_test, y_test) = given
        assert source == ArraysSource(x=x, y=y, x_test=x_test, y_test=y_test)

    @pytest.mark.parametrize(
        "given", [(X, tuple(Y)), (list(X), Y), (tuple(X[:2]), [0, 1]), (list(X[:2]), np.eye(2)), ([[1], [1, 2]], Y)]
    )
    def test_sequences_are_no_nesting(self, given: Any) -> None:
        assert experiment(dataset=given).dataset == ArraysSource(x=given[0], y=given[1])

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ((X, Y, X, Y), "(array (4, 8, 8), list of 4, array (4, 8, 8), list of 4)"),
            ((PAIR, TEST, TEST), "((array (4, 8, 8), list of 4), (array (2, 8, 8), list of 2), "),
            (((X, X), (Y, Y)), "((array (4, 8, 8), array (4, 8, 8)), tuple of 2)"),
            ((PAIR,), "((array (4, 8, 8), list of 4))"),
            ((PAIR, None), "((array (4, 8, 8), list of 4), NoneType)"),
            ((), "()"),
        ],
    )
    def test_any_other_nesting_is_refused_with_what_would_be_right(self, given: Any, told: str) -> None:
        with pytest.raises(InputError) as refused:
            experiment(dataset=given)
        (problem,) = refused.value.problems
        assert problem.where == "dataset"
        assert problem.rule.startswith("must be (x, y), or ((x, y), (x_test, y_test)) as load_data() of keras.datasets")
        assert f"(got {told}" in problem.rule

    def test_a_function_of_the_script_itself_is_refused(self) -> None:
        rule = r"^model: stands in the script or notebook itself, which no worker can import: .* name it my_models:fn "
        with pytest.raises(InputError, match=rule):
            experiment(model="__main__:fn")

    def test_the_signature_fits_on_a_screen_and_its_defaults_are_the_defaults(self) -> None:
        signature = inspect.signature(Experiment)
        assert set(signature.parameters) == set(Experiment.model_fields)
        assert len(str(signature)) < 8 * 80
        defaults = {
            name: one.default
            for name, one in signature.parameters.items()
            if one.default is not inspect.Parameter.empty and name != "storage"
        }
        assert experiment(**defaults) == experiment()

    def test_what_is_printed_holds_no_arrays(self) -> None:
        assert len(repr(experiment(dataset=(np.zeros((900, 28, 28)), np.zeros(900))))) < 2000


def test_what_a_space_does_not_name_is_in_a_study_what_it_was_when_the_study_began() -> None:
    new = Experiment(name="a", space={"filters": {"choice": [8, 16]}})
    assert new.filled({})["normalization_momentum"] == 0.9
    text = new.to_yaml()
    assert Experiment.from_text(text.encode(), "a study") == new
    older = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("defaults:"))
    recorded = Experiment.from_text(older.encode(), "a study")
    assert recorded.filled({})["normalization_momentum"] == 0.99
    assert recorded.updated({"budget.trials": 100}).filled({})["normalization_momentum"] == 0.99
    with pytest.raises(InputError, match="defaults: must be a whole number from 1 to 3"):
        Experiment(name="a", space={"filters": 8}, defaults=4)
