"""Which epochs of a trial train what, behind which cut; planned, not trained."""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from cnnsearch.errors import TrialError
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.training.phases import Phase, Plan, plan_phases

LAYERS = 14
"""Of the network that transfer trials start from, up to its last feature map."""

AUGMENTED = {"random_flip": "horizontal", "random_brightness": {"float": [0.0, 0.3]}}


def plan(space: dict[str, Any], config: dict[str, Any] | None = None, **keys: Any) -> Plan:
    searched = tiny.experiment(space, "transfer", **{"epochs": 10, **keys})
    return plan_phases(searched, tiny.filled(searched, config), tiny.PIXELS, tiny.SCALING)


def only(made: Plan) -> Phase:
    (phase,) = made.phases
    return phase


def trained(phase: Phase) -> Any:
    return dict(phase.structure.settings)["unfrozen_layers"]


def test_other_families_have_one_phase_on_pictures() -> None:
    searched = tiny.experiment({}, epochs=4)
    phase = only(plan_phases(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING))
    assert (phase.first, phase.epochs, phase.factor, phase.prefix) == (0, 4, 1.0, None)


def test_with_nothing_unfrozen_the_pooled_features_are_the_cut() -> None:
    made = plan({"unfrozen_layers": 0})
    phase = only(made)
    assert phase.prefix is not None
    assert phase.prefix.cut.is_pooled
    assert phase.structure.cut == phase.prefix.cut
    assert phase.structure.inputs == (((4,), "float32"),)
    assert (made.epochs, made.notes) == (10, ())


@pytest.mark.parametrize(("pooling", "shape"), [("average", (4,)), ("max", (4,)), ("flatten", (3, 3, 4))])
def test_each_pooling_has_features_of_its_own(pooling: str, shape: tuple[int, ...]) -> None:
    prefix = only(plan({"unfrozen_layers": 0, "pooling": pooling})).prefix
    assert prefix is not None
    assert prefix.cut.shapes == (shape,)
    assert prefix.cut.is_pooled == (pooling != "flatten")
    assert ("pooling", pooling) in prefix.settings or pooling == "flatten"
    other = only(plan({"unfrozen_layers": 0, "pooling": "average"})).prefix
    assert (prefix == other) == (pooling == "average")


def test_the_cut_lies_before_what_is_trained() -> None:
    shallow, deep = (only(plan({"unfrozen_layers": block})) for block in ("block1", "block2"))
    assert shallow.prefix is not None
    assert deep.prefix is not None
    assert shallow.prefix.cut.position < deep.prefix.cut.position
    assert not deep.prefix.cut.is_pooled
    assert deep.prefix.continues(shallow.prefix)


def test_counts_that_train_the_same_are_one_program() -> None:
    counts = {trained(only(plan({"unfrozen_layers": asked}))) for asked in (3, "block2", 3 / LAYERS)}
    assert counts == {3}
    assert only(plan({"unfrozen_layers": 3})).structure == only(plan({"unfrozen_layers": "block2"})).structure


def test_a_count_that_reaches_no_weights_is_told() -> None:
    made = plan({"unfrozen_layers": 1, "fine_tune_epochs": 4})
    assert made.notes == ("unfrozen_layers 1 reaches no layer with weights: the backbone stayed frozen",)
    assert trained(only(made)) == 0
    assert made.epochs == 10


def test_a_warm_up_that_takes_a_whole_phase_is_told() -> None:
    space = {"unfrozen_layers": 3, "fine_tune_epochs": 4, "warmup_epochs": 4.5}
    assert plan(space).notes == ("warmup_epochs takes all 4 epochs of a phase: its learning rate rises to the end",)
    assert plan({**space, "warmup_epochs": 3.5}).notes == ()


def test_two_phases_train_the_head_alone_first() -> None:
    made = plan({"unfrozen_layers": "block2", "fine_tune_epochs": 4, "fine_tune_learning_rate_factor": 0.25})
    head, both = made.phases
    assert (head.first, head.epochs, head.factor, trained(head)) == (0, 6, 1.0, 0)
    assert (both.first, both.epochs, both.factor, trained(both)) == (6, 4, 0.25, 3)
    assert head.prefix is not None
    assert both.prefix is not None
    assert head.prefix.cut.is_pooled
    assert not both.prefix.cut.is_pooled
    assert made.epochs == 10


@pytest.mark.parametrize(
    ("epochs", "phases"),
    [(None, [(0, 10, 1.0, 3)]), (0, [(0, 10, 1.0, 0)]), (10, [(0, 10, 0.1, 3)]), (40, [(0, 10, 0.1, 3)])],
)
def test_phases_of_no_epochs_are_left_out(epochs: int | None, phases: list[tuple[Any, ...]]) -> None:
    made = plan({"unfrozen_layers": "block2", "fine_tune_epochs": epochs})
    assert [(each.first, each.epochs, each.factor, trained(each)) for each in made.phases] == phases


def test_without_the_cache_programs_see_pictures() -> None:
    made = plan({"unfrozen_layers": "block2", "fine_tune_epochs": 4}, features={"cache": False})
    assert [each.prefix for each in made.phases] == [None, None]
    assert [each.structure.cut for each in made.phases] == [None, None]


def test_random_augmentation_forbids_the_cache() -> None:
    assert only(plan({"unfrozen_layers": 0, **AUGMENTED}, {"random_brightness": 0.0})).prefix is None
    space = {"unfrozen_layers": 0, "random_brightness": {"float": [0.0, 0.3]}}
    assert only(plan(space, {"random_brightness": 0.2})).prefix is None
    assert only(plan(space, {"random_brightness": 0.0})).prefix is not None, "this trial augments nothing"


def test_augmented_variants_are_cached_where_the_experiment_asks_for_them() -> None:
    def prefix(brightness: float, seed: int = 0) -> Any:
        searched = {"augmentation": {"cached_variants": 3}, "seed": seed}
        return only(plan({"unfrozen_layers": 0, **AUGMENTED}, {"random_brightness": brightness}, **searched)).prefix

    assert prefix(0.2).variants == 3
    assert prefix(0.2) == prefix(0.2)
    assert prefix(0.2) != prefix(0.3)
    assert prefix(0.2) != prefix(0.2, seed=1)
    assert "3 variants by random_flip horizontal, random_brightness 0.2" in prefix(0.2).name
    plain = {"augmentation": {"cached_variants": 3}}
    assert only(plan({"unfrozen_layers": 0, "random_flip": "none"}, **plain)).prefix.variants == 0  # type: ignore[union-attr]


def test_features_beyond_the_budget_are_not_cut_and_it_is_told() -> None:
    made = plan({"unfrozen_layers": 0}, features={"budget_gb": 1e-9})
    phase = only(made)
    assert phase.prefix is None
    assert phase.structure.cut is None
    (note,) = made.notes
    assert note.startswith("features of ")
    assert note.endswith(" exceed features.budget_gb, 1e-09: the frozen layers were computed anew in every epoch")
    both = plan({"unfrozen_layers": "block2", "fine_tune_epochs": 4}, features={"budget_gb": 1e-9})
    assert len(both.notes) == 2, "of each phase, once"


def test_a_smaller_cut_is_taken_where_the_budget_asks_for_it() -> None:
    pictures = tiny.COUNT + len(tiny.PIXELS.y_validation)
    whole = 3 * 3 * 4 * pictures * 4 / 2**30
    flat = {"unfrozen_layers": 0, "pooling": "flatten"}
    assert only(plan(flat, features={"budget_gb": whole * 1.01})).prefix.cut.shapes == ((3, 3, 4),)  # type: ignore[union-attr]
    assert only(plan(flat, features={"budget_gb": whole * 0.99})).prefix is None
    half = {"budget_gb": whole * 0.51, "dtype": "float16"}
    phase = only(plan(flat, features=half))
    assert phase.prefix is not None
    assert phase.prefix.stored == "float16"
    assert phase.structure.inputs == (((3, 3, 4), "float16"),)


class TestFittedHeads:
    def test_they_have_one_epoch_on_the_features_that_they_are_fitted_to(self) -> None:
        for pooling, shape in (("average", (4,)), ("flatten", (3, 3, 4))):
            made = plan({"unfrozen_layers": 0, "head": "linear_svm", "pooling": pooling})
            assert only(made).structure.inputs == ((shape, "float32"),)
            assert made.epochs == 1

    def test_they_need_features_even_without_the_cache(self) -> None:
        phase = only(plan({"unfrozen_layers": 0, "head": "logistic_regression"}, features={"cache": False}))
        assert phase.prefix is not None

    @pytest.mark.parametrize(
        ("space", "keys", "text"),
        [
            ({}, {"features": {"budget_gb": 1e-9}}, "head 'logistic_regression' is fitted to all of them at once"),
            (AUGMENTED, {}, "head 'logistic_regression' needs features, which random augmentation changes"),
        ],
        ids=["beyond the budget", "augmented"],
    )
    def test_they_fail_without(self, space: dict[str, Any], keys: dict[str, Any], text: str) -> None:
        config = {"random_brightness": 0.2} if "random_brightness" in space else {}
        with reading_a_record(), pytest.raises(TrialError, match=text):  # a new experiment of the second is refused
            plan({"unfrozen_layers": 0, "head": "logistic_regression", **space}, config, **keys)

    def test_they_train_no_layer_of_the_backbone(self) -> None:
        searched = tiny.experiment({"unfrozen_layers": 3}, "transfer")
        config = {**tiny.filled(searched), "head": "linear_svm"}
        with pytest.raises(TrialError, match="unfrozen_layers must be 0"):
            plan_phases(searched, config, tiny.PIXELS, tiny.SCALING)
