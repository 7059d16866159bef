"""The layers of a detector, behind the scaling of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.families.cnn.filters import indivisible
from cnnsearch.families.cnn.layers import block_of
from cnnsearch.families.cnn.parts import Part
from cnnsearch.families.detector.places import Places, levels_of, ratios_of, strides_of
from cnnsearch.families.transfer.maps import fitted, map_name
from cnnsearch.networks.layers import HEAD, Layer
from cnnsearch.networks.sizes import Shape

__all__ = ["PREFIX", "Written", "body_of", "layers_behind", "layers_of", "padded"]

_RARE = {"class_name": "Constant", "config": {"value": -4.6}}
"""First biases of classes, for which each place is empty with 99 % (Lin et al. 2017, section 4.1)."""

_SMALL = {"class_name": "RandomNormal", "config": {"stddev": 0.01}}
"""First kernels of what tells classes and boxes: the first boxes are the priors (Lin et al. 2017, section 4.1)."""

PREFIX = "detector_"
"""Of the names of layers behind a backbone, as that has names of its own."""

_FURTHEST = 4.0
"""Logarithm of what a side may be over that of its prior."""


@dataclass(frozen=True)
class Written:
    """What a network has of the data and of its places: numbers, or in a script what stands for them there.

    Attributes:
        rows: ``(-1, classes)``, the shape of the logits of places.
        logits: numbers of a place that are logits.
        centres, halves, sides, priors: as of :class:`~cnnsearch.families.detector.places.Places`.
    """

    rows: Any
    logits: Any
    centres: Any
    halves: Any
    sides: Any
    priors: Any

    @classmethod
    def of(cls, config: Mapping[str, Any], sides: tuple[int, int], classes: int) -> Written:
        """Of pictures of ``sides``, as they come to the maps: padded, or behind a backbone as they are."""
        places = Places.of(config, sides)
        logits = classes * len(ratios_of(config))
        return cls((-1, classes), logits, places.centres, places.halves, places.sides, places.priors)


def padded(config: Mapping[str, Any], sides: tuple[int, int]) -> tuple[int, int]:
    """Height and width that the greatest stride divides; what is added lies below and to the right.

    Raises:
        TrialError: the coarsest map would be larger than the picture.
    """
    greatest = _greatest(config, sides)
    height, width = (side + -side % greatest for side in sides)
    return height, width


def _greatest(config: Mapping[str, Any], sides: tuple[int, int]) -> int:
    """Stride of the coarsest map.

    Raises:
        TrialError: the map would be larger than the picture.
    """
    greatest = strides_of(config)[-1]
    if min(sides) < greatest:
        raise TrialError(
            f"impossible architecture: places of the coarsest map are {greatest} pixels apart, which is more than "
            f"pictures of {sides[0]}x{sides[1]} have; use fewer map_levels, a smaller finest_stride, or larger pictures"
        )
    return greatest


def body_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a ``cnn`` whose blocks stand below the maps, each at half the side of the one before."""
    blocks = strides_of(config)[-1].bit_length()
    fixed = {"stem_kernel_size": 3, "stem_strides": 1, "stem_pooling": False, "strides": 1, "padding": "same"}
    return {**config, **fixed, "conv_blocks": blocks, "batch_normalization": False}


def layers_of(config: Mapping[str, Any], sides: tuple[int, int], written: Written) -> Iterator[Layer]:
    """Blocks, the pyramid, and what tells boxes and classes at each place.

    Args:
        config: of the family.
        sides: height and width of the pictures.
        written: what depends on data and places.

    Raises:
        TrialError: the pictures are too small, or filters cannot be normalised in groups.
    """
    height, width = padded(config, sides)
    if (height, width) != sides:
        yield Layer("ZeroPadding2D", "padding", (((0, height - sides[0]), (0, width - sides[1])),))
    body = body_of(config)
    ends = []
    for block in range(1, body["conv_blocks"] + 1):
        if block > 1:
            yield Layer("MaxPooling2D", f"pooling_{block - 1}", (2,), block=block)
        layers = block_of(body, block, f"pooling_{block - 1}")
        yield from layers
        ends.append(layers[-1].name)
    yield from _behind(body, ends[-config["map_levels"] :], (height, width), written)


def layers_behind(
    config: Mapping[str, Any], sides: tuple[int, int], maps: Mapping[int, Shape], written: Written
) -> Iterator[Layer]:
    """The pyramid behind a backbone, and what tells boxes; their names begin with :data:`PREFIX`.

    Args:
        config, sides, written: as of :func:`layers_of`.
        maps: level -> shape of the backbone's map; those of ``config`` are there.

    Raises:
        TrialError: as there.
    """
    _greatest(config, sides)
    for layer in _fitted_and_behind(config, sides, maps, written):
        takes = tuple(name if name in _names(maps) else PREFIX + name for name in layer.takes)
        yield replace(layer, name=PREFIX + layer.name, takes=takes)


def _fitted_and_behind(
    config: Mapping[str, Any], sides: tuple[int, int], maps: Mapping[int, Shape], written: Written
) -> Iterator[Layer]:
    names = []
    for level, wanted in zip(levels_of(config), _sides(config, sides), strict=True):
        # Without padding a backbone's map has fewer places.
        layers = list(fitted(maps[level][:2], wanted, f"{{}}_{level}", HEAD, (map_name(level),)))
        yield from layers
        names.append(layers[-1].name if layers else map_name(level))
    yield from _behind(config, names, sides, written)


def _names(maps: Mapping[int, Shape]) -> frozenset[str]:
    return frozenset(map(map_name, maps))


def _sides(config: Mapping[str, Any], sides: tuple[int, int]) -> list[tuple[int, int]]:
    """Of each map."""
    return [(-(-sides[0] // stride), -(-sides[1] // stride)) for stride in strides_of(config)]


def _behind(
    config: Mapping[str, Any], maps: Sequence[str], sides: tuple[int, int], written: Written
) -> Iterator[Layer]:
    """What follows the maps, which are called so, the finest first."""
    if config["feature_pyramid"] and len(maps) > 1:
        yield from _pyramid(config, maps, _sides(config, sides))
        maps = [f"pyramid_{level}" for level in range(1, len(maps) + 1)]
    for level, name in enumerate(maps, 1):
        yield from _telling(config, level, name, written)
    yield from _told(config, len(maps), written)


def _pyramid(config: Mapping[str, Any], maps: Sequence[str], sides: Sequence[tuple[int, int]]) -> Iterator[Layer]:
    """Lin et al. 2017, figure 3, from the coarsest map to the finest."""
    filters, last = config["head_filters"], len(maps)
    for level in range(last, 0, -1):
        name = f"pyramid_{level}" if level == last else f"lateral_{level}"
        yield Layer("Conv2D", name, (filters, 1), is_penalized=True, takes=(maps[level - 1],))
        if level < last:
            doubled = Layer("UpSampling2D", f"doubled_{level}", (2,), takes=(f"pyramid_{level + 1}",))
            yield doubled
            more = tuple(2 * coarse - fine for coarse, fine in zip(sides[level], sides[level - 1], strict=True))
            if any(more):  # of an odd side the last place stands in half of one
                doubled = Layer("Cropping2D", f"cropped_{level}", (((0, more[0]), (0, more[1])),))
                yield doubled
            yield Layer("Add", f"pyramid_{level}", takes=(name, doubled.name))


def _telling(config: Mapping[str, Any], level: int, before: str, written: Written) -> Iterator[Layer]:
    """What the places of one map tell: logits of classes, and of each prior four numbers that make its box."""
    part, head, priors = Part(config, HEAD), f"head_{level}", len(ratios_of(config))
    filters, groups = config["head_filters"], config["normalization_groups"]
    if config["head_convs"] and config["normalization"] == "group" and filters % groups:
        raise TrialError(f"impossible architecture: {indivisible('head_filters', filters, groups)}")
    for number in range(1, config["head_convs"] + 1):
        convolution = part.convolution(f"{head}_convolution_{number}", filters, 3, takes=(before,))
        yield convolution
        yield from part.normalized(f"{head}_normalization_{number}")
        before = f"{head}_activation_{number}"
        yield part.activated(before)
    rate = config["dropout"]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program drops anything
        yield Layer("Dropout", f"{head}_dropout", (rate,), reads="dropout", takes=(before,))
        before = f"{head}_dropout"
    yield _last(f"classes_{level}_map", written.logits, before, bias_initializer=_RARE)
    yield Layer("Reshape", f"classes_{level}", (written.rows,))
    for what, numbers in _NUMBERS[config["boxes_from"]].items():
        yield _last(f"{what}_{level}_map", numbers * priors, before)
        yield Layer("Reshape", f"{what}_{level}", ((-1, numbers),))


def _last(name: str, filters: Any, before: str, **options: Any) -> Layer:
    options = {"padding": "same", "kernel_initializer": _SMALL, **options}
    return Layer("Conv2D", name, (filters, 3), options, is_penalized=True, takes=(before,))


def _told(config: Mapping[str, Any], levels: int, written: Written) -> Iterator[Layer]:
    """Of all places one after the other: box, prior and logits, in float32 whatever the network computes in."""
    for what in ("classes", *_NUMBERS[config["boxes_from"]]):
        if levels > 1:
            yield Layer("Concatenate", what, options={"axis": 1}, takes=tuple(f"{what}_{n + 1}" for n in range(levels)))
    last = "" if levels > 1 else "_1"
    yield from _BOXES[config["boxes_from"]](last, written)
    yield Layer("zeros_like", "nothing")
    yield Layer("add", "priors", (written.priors,))
    options = {"axis": -1, "dtype": "float32"}
    yield Layer("Concatenate", "places", options=options, takes=("boxes", "priors", f"classes{last}"), is_last=True)


def _from_places(last: str, written: Written) -> Iterator[Layer]:
    """Tian et al. 2019: how far each side is from the place; here over how far that of its prior is."""
    yield Layer("cast", "exact", ("float32",), takes=(f"distances{last}",))
    yield from _grown(written)
    yield Layer("add", "boxes", (written.centres,))


def _from_anchors(last: str, written: Written) -> Iterator[Layer]:
    """Liu et al. 2016, equation 2: how far the centre lies from the anchor's, over its sides, and how it is grown."""
    yield Layer("Concatenate", "shifts_of_sides", takes=(f"shifts{last}",) * 2)
    yield Layer("cast", "exact_shifts", ("float32",))
    yield Layer("multiply", "shifted", (written.sides,))
    yield Layer("add", "middles", (written.centres,))
    yield Layer("Concatenate", "growths_of_sides", takes=(f"growths{last}",) * 2)
    yield Layer("cast", "exact", ("float32",))
    yield from _grown(written)
    yield Layer("Add", "boxes", options={"dtype": "float32"}, takes=("middles", "reach"))


def _grown(written: Written) -> Iterator[Layer]:
    """From logarithms to where the sides lie from the centre."""
    yield Layer("clip", "bounded", (-_FURTHEST, _FURTHEST))
    yield Layer("exp", "growth")
    yield Layer("multiply", "reach", (written.halves,))


_NUMBERS = {"places": {"distances": 4}, "anchors": {"shifts": 2, "growths": 2}}
"""What makes boxes -> what each prior tells for it, and how many numbers of it."""

_BOXES: Mapping[str, Callable[[str, Written], Iterator[Layer]]] = {"places": _from_places, "anchors": _from_anchors}
