"""Walking: what each layer of a network makes of channels, and which arrays of its weights follow them.

A channel is known by its number wherever it goes, so a concatenation joins lists of numbers, flattening repeats one,
and an addition ties two: the groups of filters that can only go together follow (Fang et al. 2023 call it the graph of
dependencies).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.compression.channels import Channels
from cnnsearch.errors import InputError, Problem
from cnnsearch.networks.keras_private import nodes_of

if TYPE_CHECKING:
    import keras

__all__ = ["Followed", "Walk", "walked"]


@dataclass(frozen=True)
class Followed:
    """How a layer follows its channels.

    Attributes:
        weights: of each array of its weights: axis -> channels along it.
        sizes: keys of its configuration -> channels that they count.
        filters: position of the array that makes channels, and the axis along which they lie; ``None``: it makes none.
        scale: position of the array that scales each channel, of batch normalisation; ``None``: there is none.
    """

    weights: tuple[Mapping[int, np.ndarray], ...] = ()
    sizes: Mapping[str, np.ndarray] = field(default_factory=dict)
    filters: tuple[int, int] | None = None
    scale: int | None = None


@dataclass
class Walk:
    """A network, walked through from its inputs to its outputs.

    Attributes:
        channels: of all maps.
        layers: name of a layer -> how it follows them; one that is not named has nothing of their number.
    """

    channels: Channels = field(default_factory=Channels)
    layers: dict[str, Followed] = field(default_factory=dict)
    _made: dict[str, np.ndarray] = field(default_factory=dict)

    def makes(self, layer: Any, count: int, follow: Callable[[np.ndarray], Followed]) -> np.ndarray:
        """New channels, ``(count,)``; of a layer that is called again those of before, on which it then follows both.

        Args:
            layer: that makes them.
            count: so many.
            follow: how it follows them.
        """
        if layer.name not in self._made:
            self._made[layer.name] = self.channels.new(count)
        self.follows(layer, follow(self._made[layer.name]))
        return self._made[layer.name]

    def follows(self, layer: Any, how: Followed) -> None:
        """A layer follows channels; called again, it ties those of both calls.

        Raises:
            InputError: its weights are not as these channels.
        """
        if how.weights and not _fits(layer, how):
            raise _refused(layer, "its weights do not lie along the channels")
        before = self.layers.setdefault(layer.name, how)
        if before is not how:
            for first, other in zip(before.weights, how.weights, strict=True):
                for axis, channels in first.items():
                    self.channels.tie(channels, other[axis])


def _fits(layer: Any, how: Followed) -> bool:
    return len(layer.weights) == len(how.weights) and all(
        weight.shape[axis] == len(channels)
        for weight, along in zip(layer.weights, how.weights, strict=True)
        for axis, channels in along.items()
    )


def _refused(layer: Any, why: str) -> InputError:
    kind = type(layer).__name__
    return InputError(Problem("--prune", f"cannot make the layer '{layer.name}' ({kind}) smaller: {why}"))


@dataclass(frozen=True)
class _Call:
    """A call of a layer or an operation.

    Attributes:
        layer: which.
        given: channels of each tensor that it takes.
        shapes: of these tensors, without the batch.
    """

    layer: Any
    given: tuple[np.ndarray, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def first(self) -> np.ndarray:
        return self.given[0]

    def refused(self, why: str) -> InputError:
        """It cannot be walked through."""
        return _refused(self.layer, why)


def walked(model: keras.Model) -> Walk:
    """Walk through a functional model: what it takes and gives keeps its channels.

    Raises:
        InputError: a layer is not known; the message names it.
    """
    walk = Walk()
    known: dict[int, np.ndarray] = {}
    for node in nodes_of(model):
        given = tuple(known[id(tensor)] for tensor in node.input_tensors)
        shapes = tuple(tuple(tensor.shape[1:]) for tensor in node.input_tensors)
        if node.is_input:
            channels = _new_held(walk, node.outputs[0].shape[-1])
        else:
            channels = _rule(call := _Call(node.operation, given, shapes))(walk, call)
        if len(node.outputs) > 1 or len(channels) != node.outputs[0].shape[-1]:
            raise _Call(node.operation, given, shapes).refused("its outputs are not as those of other layers")
        known[id(node.outputs[0])] = channels
    for tensor in model.outputs:
        walk.channels.hold(known[id(tensor)])
    return walk


_Rule = Callable[[Walk, _Call], np.ndarray]


def _rule(call: _Call) -> _Rule:
    kind = type(call.layer)
    found = _RULES.get(kind.__name__) if kind.__module__.startswith("keras.") else None
    if found is None:
        raise call.refused("pruning does not know this kind of layer")
    if getattr(call.layer, "data_format", "channels_last") != "channels_last":
        raise call.refused("its channels come first")
    return found


def _new_held(walk: Walk, count: int) -> np.ndarray:
    channels = walk.channels.new(count)
    walk.channels.hold(channels)
    return channels


def _passes(walk: Walk, call: _Call) -> np.ndarray:  # noqa: ARG001 - a rule
    """Channel by channel, by numbers that are alike for all."""
    return call.first


def _keeps(walk: Walk, call: _Call) -> np.ndarray:
    """Channel by channel, by numbers of its own that stand in its configuration: it keeps what it takes."""
    walk.channels.hold(call.first)
    return call.first


def _rescales(walk: Walk, call: _Call) -> np.ndarray:
    is_one = all(np.ndim(each) == 0 for each in (call.layer.scale, call.layer.offset))
    return (_passes if is_one else _keeps)(walk, call)


def _normalises(walk: Walk, call: _Call) -> np.ndarray:
    """Each channel has a number in each array of the weights, along their last axis."""
    layer, channels = call.layer, call.first
    axes = {_axis(axis, call) for axis in np.atleast_1d(getattr(layer, "axis", -1)).tolist()}
    if axes != {len(call.shapes[0])}:
        raise call.refused("its weights do not lie along the channels")
    along = tuple({len(weight.shape) - 1: channels} for weight in layer.weights)
    kind, count = type(layer).__name__, len(channels)
    is_scaled = kind == "BatchNormalization" and layer.scale
    counts = {"LayerScale": "projection_dim", "GroupNormalization": "groups"}
    sizes = {counts[kind]: channels} if kind in counts and layer.get_config()[counts[kind]] == count else {}
    walk.follows(layer, Followed(along, sizes, scale=0 if is_scaled else None))
    return channels


def _normalises_groups(walk: Walk, call: _Call) -> np.ndarray:
    """Of each group as many stay: those at the same place in all of them are tied. Each channel may be a group."""
    _tie_groups(walk, call.first, call.layer.groups)
    return _normalises(walk, call)


def _tie_groups(walk: Walk, channels: np.ndarray, groups: int) -> None:
    if 1 < groups < len(channels):
        walk.channels.tie(*channels.reshape(groups, -1))


def _convolves(walk: Walk, call: _Call) -> np.ndarray:
    layer, taken = call.layer, call.first
    if layer.groups == len(taken) > 1:  # a depthwise convolution by another name
        many = np.repeat(taken, layer.filters // layer.groups)
        walk.follows(layer, Followed(({3: many}, *_bias(layer, many)), {"filters": many, "groups": taken}))
        return many
    _tie_groups(walk, taken, layer.groups)
    each = taken[: len(taken) // layer.groups]  # all groups keep the same ones

    def follow(made: np.ndarray) -> Followed:
        _tie_groups(walk, made, layer.groups)
        if layer.groups == len(made) > 1:
            walk.channels.hold(made)  # each group keeps its only filter
        return Followed(({2: each, 3: made}, *_bias(layer, made)), {"filters": made}, (0, 3))

    return walk.makes(layer, layer.filters, follow)


def _convolves_back(walk: Walk, call: _Call) -> np.ndarray:
    layer = call.layer

    def follow(made: np.ndarray) -> Followed:
        return Followed(({2: made, 3: call.first}, *_bias(layer, made)), {"filters": made}, (0, 2))

    return walk.makes(layer, layer.filters, follow)


def _convolves_by_depth(walk: Walk, call: _Call) -> np.ndarray:
    many = np.repeat(call.first, call.layer.depth_multiplier)
    walk.follows(call.layer, Followed(({2: call.first}, *_bias(call.layer, many))))
    return many


def _convolves_separably(walk: Walk, call: _Call) -> np.ndarray:
    layer, many = call.layer, np.repeat(call.first, call.layer.depth_multiplier)

    def follow(made: np.ndarray) -> Followed:
        weights = {2: call.first}, {2: many, 3: made}, *_bias(layer, made)
        return Followed(weights, {"filters": made}, (1, 3))

    return walk.makes(layer, layer.filters, follow)


def _multiplies(walk: Walk, call: _Call) -> np.ndarray:
    """A dense layer, along the last axis."""
    layer = call.layer

    def follow(made: np.ndarray) -> Followed:
        return Followed(({0: call.first, 1: made}, *_bias(layer, made)), {"units": made}, (0, 1))

    return walk.makes(layer, layer.units, follow)


def _attends(walk: Walk, call: _Call) -> np.ndarray:
    """Query, key and value are projected along their channels, and what comes out has as many as the query."""
    layer, (query, value, *others) = call.layer, call.given
    if layer.get_config()["output_shape"] not in (None, (len(query),), [len(query)]):
        raise call.refused("it gives another number of channels than it takes")

    def follow(made: np.ndarray) -> Followed:
        walk.channels.tie(query, made)
        unbiased: tuple[Mapping[int, np.ndarray], ...] = ({},) if layer.use_bias else ()
        arrays = [
            array for taken in (query, others[0] if others else value, value) for array in ({0: taken}, *unbiased)
        ]
        sizes = {} if layer.get_config()["output_shape"] is None else {"output_shape": made}
        return Followed((*arrays, {2: made}, *_bias(layer, made)), sizes, filters=(len(arrays), 2))

    return walk.makes(layer, len(query), follow)


def _bias(layer: Any, made: np.ndarray) -> tuple[Mapping[int, np.ndarray], ...]:
    return ({0: made},) if layer.use_bias else ()


def _merges(walk: Walk, call: _Call) -> np.ndarray:
    """Channel by channel; a single one meets all of the others."""
    widest = max(call.given, key=len)
    for channels in call.given:
        if len(channels) == len(widest):
            walk.channels.tie(widest, channels)
        elif len(channels) == 1:
            walk.channels.hold(channels)
        else:
            raise call.refused(f"it merges {len(channels)} channels with {len(widest)}")
    return widest


def _concatenates(walk: Walk, call: _Call) -> np.ndarray:
    if _axis(call.layer.axis, call) == len(call.shapes[0]):
        return np.concatenate(call.given)
    walk.channels.tie(*call.given)
    return call.first


def _flips(walk: Walk, call: _Call) -> np.ndarray:  # noqa: ARG001 - a rule
    axes = call.layer.axis
    flipped = None if axes is None else [_axis(axis, call) for axis in np.atleast_1d(axes).tolist()]
    return call.first[::-1] if flipped is None or len(call.shapes[0]) in flipped else call.first


def _reduces(walk: Walk, call: _Call) -> np.ndarray:
    axes = call.layer.axis
    reduced = [] if axes is None else [_axis(axis, call) for axis in np.atleast_1d(axes).tolist()]
    if axes is not None and len(call.shapes[0]) not in reduced:
        return call.first
    if not call.layer.keepdims:
        raise call.refused("it gives no channels")
    return _new_held(walk, 1)


def _axis(axis: int, call: _Call) -> int:
    """Counted from that of the batch, 0."""
    return axis % (len(call.shapes[0]) + 1)


def _reshapes(walk: Walk, call: _Call) -> np.ndarray:
    """Channels must stay along the last axis, whatever becomes of the places before it."""
    layer, shape = call.layer, call.shapes[0]
    key = next(name for name in ("target_shape", "newshape") if hasattr(layer, name))
    asked = list(getattr(layer, key)) if key == "target_shape" else list(getattr(layer, key))[1:]
    if None in shape or not asked:
        raise call.refused("its shape is not known")
    if -1 in asked:
        asked[asked.index(-1)] = math.prod(shape) // -math.prod(asked)
    if math.prod(asked) != math.prod(shape):
        raise call.refused("it joins the numbers of several pictures")
    spread = np.broadcast_to(call.first, shape).reshape(asked).reshape(-1, asked[-1])
    if (spread != spread[0]).any():
        raise call.refused("it mixes channels with places")
    if getattr(layer, key)[-1] != -1:
        walk.follows(layer, Followed(sizes={key: spread[0]}))
    return np.asarray(spread[0])


def _flattens(walk: Walk, call: _Call) -> np.ndarray:  # noqa: ARG001 - a rule
    places = math.prod(call.shapes[0][:-1])
    return np.tile(call.first, places)


_RULES: dict[str, _Rule] = {
    "Conv2D": _convolves,
    "Conv2DTranspose": _convolves_back,
    "DepthwiseConv2D": _convolves_by_depth,
    "SeparableConv2D": _convolves_separably,
    "Dense": _multiplies,
    "MultiHeadAttention": _attends,
    "GroupNormalization": _normalises_groups,
    "Rescaling": _rescales,
    "Normalization": _keeps,
    "Concatenate": _concatenates,
    "Flip": _flips,
    "Reshape": _reshapes,
    "Flatten": _flattens,
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "LayerScale", "PReLU"), _normalises),
    **dict.fromkeys(
        ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Divide", "TrueDivide"),
        _merges,
    ),
    **dict.fromkeys(("Sum", "Mean", "Max", "Min"), _reduces),
    **dict.fromkeys(
        (
            *("Activation", "ReLU", "LeakyReLU", "ELU", "Relu", "Relu6", "Sigmoid", "HardSigmoid", "Silu", "Gelu"),
            *("HardSilu", "Tanh", "Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "StochasticDepth"),
            *("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
            *("ZeroPadding2D", "Cropping2D", "UpSampling2D", "Resizing", "Identity"),
        ),
        _passes,
    ),
}
"""Class of a layer or an operation of Keras -> its rule."""
