"""What Keras builds of each backbone, put together as ``backbone_sizes.json`` has it.

``python tests/built_backbones.py`` prints that file: after a new backbone, or a new version of Keras
that the tests find to build another one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras

from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.families.transfer.halved_maps import halved_maps
from cnnsearch.networks.keras_private import nodes_of, without_values

__all__ = ["EVERY", "built_size"]

EVERY = [(name, alpha) for name, spec in BACKBONES.items() for alpha in spec.alphas or (1.0,) if name != SAVED]
"""Names and widths."""

_SIDE, _NASNET_SIDE = 97, 99
"""Odd where a backbone pads by the side, which is less for even ones and gives the same; NASNet does so from 49 on."""

Chain = tuple[tuple[int, int], ...]
"""From the side of a picture to the side here: ``side = (side + add) // divide``, one after the other."""

Step = tuple[Any, "_Place", tuple[int, int, int, int, int]]
"""Of a layer: its node, where it is, and what it adds to its level, as the lines of the file have it."""


def built_size(name: str, alpha: float) -> dict[str, Any]:
    """A line of ``backbone_sizes.json``."""
    spec = BACKBONES[name]
    width = {"alpha": alpha} if spec.alphas else {}
    side = _NASNET_SIDE if spec.application.startswith("NASNet") else _SIDE
    with without_values():
        built = getattr(keras.applications, spec.application)(
            include_top=False, weights=None, input_shape=(side, side, 3), **width
        )
        maps = halved_maps(built)
        needed = _needed(built, maps)
        levels: dict[tuple[int, Chain], tuple[int, ...]] = {}
        for node, place, adds in _steps(built):
            at = needed[id(node)], place.chain
            levels[at] = tuple(map(sum, zip(levels.get(at, (0,) * 5), adds, strict=True)))
        chains = {id(node.outputs[0]): place.chain for node, place, _ in _steps(built)}
        # A sum may be no layer: then the one that takes it is named.
        places = {id(layer.input): at - len(built.layers) for at, layer in enumerate(built.layers)}
        places |= {id(layer.output): len(built.layers) - at for at, layer in enumerate(built.layers)}
    assert sum(level[1] for level in levels.values()) == built.count_params()
    return {
        "backbone": name,
        "alpha": alpha,
        "features": built.output.shape[-1],
        "levels": [[level, chain, *added] for (level, chain), added in levels.items()],
        "maps": [[level, chains[id(x)], x.shape[-1], places[id(x)]] for level, x in maps.items()],
    }


def _needed(model: Any, maps: dict[int, Any]) -> dict[int, int]:
    """Of each node the level of the first map that needs it."""
    found: dict[int, int] = {}
    makers = {id(tensor): node for node in nodes_of(model) for tensor in node.outputs}
    for level, tensor in maps.items():
        waiting = [makers[id(tensor)]]
        while waiting:
            node = waiting.pop()
            if id(node) not in found:
                found[id(node)] = level
                waiting += [makers[id(each)] for each in node.input_tensors]
    return found


@dataclass(frozen=True)
class _Place:
    """Of a tensor; ``pad``: what was added to its sides, which whatever reads it takes into account."""

    chain: Chain = ()
    pad: int = 0
    is_point: bool = False

    def side(self, side: int) -> int:
        for add, divide in self.chain:
            side = (side + add) // divide
        return 1 if self.is_point else side + self.pad


def _steps(model: Any) -> Iterator[Step]:
    places: dict[int, _Place] = {}
    side = int(model.inputs[0].shape[1])
    for node in nodes_of(model):
        place = _Place()
        if not node.is_input:
            given = [places[id(tensor)] for tensor in node.input_tensors]
            place = next((each for each in given if not each.is_point), given[0])
        for part in getattr(node.operation, "layers", None) or [node.operation]:
            place = _after(part, place)
            yield node, place, _adds(part, place)
        (output,) = node.outputs
        assert place.side(side) == (output.shape[1] if len(output.shape) > 2 else 1), (node.operation, place)
        places[id(output)] = place


def _adds(part: Any, place: _Place) -> tuple[int, int, int, int, int]:
    """Layers, weights, multiplications of one position and those that do not go by positions, numbers of a position."""
    is_layer = isinstance(part, keras.layers.Layer)
    kernels = (getattr(part, name, None) for name in ("kernel", "depthwise_kernel", "pointwise_kernel"))
    multiplied = sum(math.prod(kernel.shape) for kernel in kernels if hasattr(kernel, "shape"))
    weights = part.count_params() if is_layer else 0
    channels = 0 if place.is_point else int(part.output.shape[-1])
    fixed = multiplied if place.is_point else 0
    return int(is_layer), weights, multiplied - fixed, fixed, channels


def _after(part: Any, place: _Place) -> _Place:
    """Where the output of a layer is."""
    if place.is_point or isinstance(part, keras.layers.GlobalAveragePooling2D):
        return replace(place, is_point=True)
    if isinstance(part, keras.layers.ZeroPadding2D):
        return replace(place, pad=place.pad + sum(part.padding[0]))
    if isinstance(part, keras.layers.Cropping2D):
        return replace(place, pad=place.pad - sum(part.cropping[0]))
    size = getattr(part, "kernel_size", None) or getattr(part, "pool_size", None)
    if size is None:
        return place
    stride = part.strides[0]
    step = (place.pad + stride - (1 if part.padding == "same" else size[0]), stride)
    return _Place(place.chain if step == (0, 1) else (*place.chain, step))


if __name__ == "__main__":
    for number, each in enumerate(EVERY):
        print(",\n" if number else "[\n", json.dumps(built_size(*each)), sep="", end="", flush=True)
    print("\n]")
