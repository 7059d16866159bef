from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import FAMILIES, find_family
from cnnsearch.families.vit import problems as of_space
from cnnsearch.families.vit.code import POSITIONS
from cnnsearch.families.vit.layers import layers_of
from cnnsearch.families.vit.positions import sine_positions
from cnnsearch.networks.traced import traced_sizes

VIT = FAMILIES["vit"].spec.parameters
SMALL = {"patch_size": 4, "depth": 2, "width": 8, "heads": 2}

configs = st.fixed_dictionaries(
    {
        "stem": st.sampled_from(["patches", "convolutions"]),
        "patch_size": st.integers(1, 5),
        "depth": st.integers(1, 2),
        "width": st.sampled_from([4, 6, 8]),
        "heads": st.integers(1, 4),
        "mlp_ratio": st.sampled_from([0.1, 1.5]),
        "positions": st.sampled_from(["learned", "sine"]),
        "token_pooling": st.sampled_from(["average", "attention", "class_token"]),
        "encoder_dropout": st.sampled_from([0.0, 0.3]),
        "stochastic_depth": st.sampled_from([0.0, 0.3]),
    }
)
shapes = st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3]))


def build(shape: tuple[int, int, int] = (12, 8, 3), classes: int = 4, **config: Any) -> Any:
    return find_family("vit").build({**SMALL, **config}, shape, classes, 1 / 255, 0.0)


def searching(space: dict[str, Any], **keys: Any) -> Experiment:
    return Experiment(**{"name": "x", "model": "vit", "space": space, **keys})


def refused(space: dict[str, Any], **keys: Any) -> str:
    with pytest.raises(InputError) as caught:
        searching(space, **keys)
    return str(caught.value)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configs, shapes)
@example({**SMALL, "depth": 1, "token_pooling": "attention"}, (4, 4, 1))
def test_what_is_counted_is_what_is_built_and_both_refuse_the_same(
    config: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    family = find_family("vit")
    filled = {**family.spec.searchable.filled({}), **config}
    try:
        known = family.cost(filled, shape, 3)
    except TrialError as error:
        with pytest.raises(TrialError, match=f"^{re.escape(str(error))}$"):
            build(shape, 3, **config)
        return
    model = build(shape, 3, **config)
    sizes = traced_sizes(model, shape)
    assert known is not None
    assert (sizes.weights, sizes.macs) == (known["parameters"], known["macs"])
    assert model.output_shape == (None, 3)


def test_every_sensible_value_builds() -> None:
    for name, spec in VIT.items():
        assert spec.sensible is not None
        for value in spec.sensible.points(3):
            config = {"width": 64, "heads": 4, "depth": 1, name: value}
            assert find_family("vit").count(VIT.filled(config), (32, 32, 1), 2) > 0, (name, value)


def test_a_patch_is_a_token() -> None:
    x = np.random.default_rng(0).random((2, 12, 8, 3), np.float32)
    import keras

    model = build(patch_size=4)
    tokens = np.asarray(keras.Model(model.input, model.get_layer("tokens").output)(255 * x))
    assert tokens.shape == (2, 6, 48)
    np.testing.assert_allclose(tokens[1, 3].reshape(4, 4, 3), x[1, 4:8, 4:8], rtol=1e-5)


def test_sines_tell_places_apart_and_a_class_token_stands_nowhere() -> None:
    table = np.array(sine_positions(3, 5, 8, 1))
    assert table.shape == (16, 8)
    assert not table[0].any()
    assert len(np.unique(table, axis=0)) == 16
    np.testing.assert_allclose((table[1:] ** 2).sum(axis=1), 4, atol=1e-3)
    scope: dict[str, Any] = {"np": np}
    exec(POSITIONS, scope)
    assert scope["sine_positions"](3, 5, 8, 1) == table.tolist()


def test_branches_are_left_out_more_often_the_deeper_they_are() -> None:
    config = VIT.filled({**SMALL, "depth": 4, "stochastic_depth": 0.2})
    dropped = [layer for layer in layers_of(config, (12, 8), 3, sine_positions) if layer.reads == "stochastic_depth"]
    assert [layer.factor for layer in dropped] == [0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0]
    assert {layer.options["noise_shape"] for layer in dropped} == {(None, 1, 1)}


def test_what_never_drops_is_no_layer() -> None:
    kinds = [type(layer).__name__ for layer in build(dropout=0.0).layers]
    assert kinds.count("Dropout") == 1
    assert kinds.count("MultiHeadAttention") == 2


@pytest.mark.parametrize(
    ("space", "told"),
    [
        (
            {"width": {"choice": [48, 64]}, "heads": {"choice": [3, 4]}},
            "space.heads: heads must divide width, and 3 does not divide 64, which a config of this space has: name "
            'widths that all heads divide, or add constraints: ["width % heads == 0"]',
        ),
        ({"width": {"int": [30, 40]}}, "space.heads: heads must divide width, and 4 does not divide 3"),
        ({"width": 6, "heads": 2, "positions": "sine"}, "positions 'sine' need a width that 4 divides, and 6 is none"),
        ({"stem": "convolutions", "patch_size": 6}, "needs a patch_size of 2, 4, 8, 16, 32 or 64, and 6 is none"),
        ({"stem": {"choice": ["patches", "convolutions"]}, "patch_size": 7}, "and 7 is none"),
        ({"patch_size": 0}, "space.patch_size: must be a whole number from 1 to 64 (got 0)"),
        ({"filters": 8, "width": 64}, "space.filters: not a parameter of model 'vit'"),
    ],
)
def test_what_cannot_be_is_refused_at_reading(space: dict[str, Any], told: str) -> None:
    assert told in refused(space)


def test_constraints_and_conditions_leave_it_out() -> None:
    searching({"width": {"choice": [48, 64]}, "heads": {"choice": [3, 4]}}, constraints=["width % heads == 0"])
    stems = {"choice": ["patches", "convolutions"]}
    searching({"stem": stems, "patch_size": {"choice": [6, 7], "when": {"stem": ["patches"]}}})


def told_of_data(space: dict[str, Any], shape: tuple[int, int], **keys: Any) -> list[str]:
    return [str(each) for each in of_space.data_problems(searching(space, **keys), [shape], shape, 1, 10)]


def test_patches_that_do_not_divide_the_pictures_are_refused_with_the_data() -> None:
    space = {"patch_size": {"choice": [4, 5]}}
    (told,) = told_of_data(space, (28, 28))
    assert told.startswith("space.patch_size: patch_size 5 does not divide pictures of 28x28: use one that does, ")
    assert told_of_data({"patch_size": 7}, (28, 28)) == []
    for stem in ("patches", "convolutions"):
        (told,) = told_of_data({"stem": stem, "patch_size": 32}, (32, 32))
        assert told.startswith("space.patch_size: patch_size 32 leaves one token of pictures of 32x32, which has no ")
    assert told_of_data({**space, "stem": "convolutions", "patch_size": 8}, (28, 28)) == []
    sized = {**space, "image_size": {"choice": [20, 28]}}
    assert told_of_data(sized, (28, 28), constraints=["image_size % patch_size == 0"]) == []


def test_more_tokens_than_memory_holds_are_refused_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_space, "free_bytes", lambda: 2**30)
    (told,) = told_of_data({"patch_size": {"choice": [1, 4]}}, (64, 64))
    assert told.startswith(
        "space.patch_size: patch_size 1 makes 4,096 tokens of pictures of 64x64, and to train batches of"
    )
    assert "and 1.0 GB are free: use larger patches, smaller pictures or smaller batches" in told
    assert told_of_data({"patch_size": 1}, (64, 64), resources={"gpus": 1}) == []
    assert told_of_data({"patch_size": 4}, (64, 64)) == []
    limited = told_of_data({"patch_size": {"choice": [1, 4]}}, (64, 64), limits={"gpu_memory_gb": 0.5})
    assert limited == [], "what limits refuse is not trained"


def test_a_script_needs_the_size_of_its_pictures() -> None:
    from cnnsearch.families.vit.code import CODE

    with pytest.raises(InputError, match="does not tell how large its pictures are"):
        CODE.model(SimpleNamespace(size=None))  # type: ignore[arg-type]
