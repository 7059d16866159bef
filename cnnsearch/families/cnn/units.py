"""The units that the blocks of a ``cnn`` repeat: residual ones, bottlenecks, and separable convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnnsearch.families.cnn.attention import weighed
from cnnsearch.families.cnn.filters import inner_filters
from cnnsearch.families.cnn.parts import Part
from cnnsearch.networks.layers import Layer

__all__ = ["Unit"]


@dataclass(frozen=True)
class Unit:
    """One unit.

    Attributes:
        part: its block and config.
        name: which of its block, as ``block_2_unit_1``.
        before: name of the layer whose map it takes.
        channels: of that map.
        filters: of the map that it gives.
        kernel: side of its kernels that are larger than 1x1.
        strides: its step.
        depth: units up to this one over all of the network, above 0 and up to 1.
    """

    part: Part
    name: str
    before: str
    channels: int
    filters: int
    kernel: int
    strides: int
    depth: float

    @property
    def last(self) -> str:
        """Name of the layer that gives its map."""
        return f"{self.name}_activation"

    def layers(self) -> Iterator[Layer]:
        """One behind the other, from ``before`` on."""
        return _KINDS[self.part.config["block"]](self)

    def normalized(self, layer: Layer) -> Iterator[Layer]:
        """A convolution and what normalises it."""
        yield layer
        yield from self.part.normalized(f"{layer.name}_normalization")

    def attended(self, before: Sequence[Layer]) -> Iterator[Layer]:
        """These layers, and what weighs the map that they give."""
        yield from before
        yield from weighed(self.part, f"{self.name}_", self.filters, before[-1].name)

    def convolution(self, number: int, filters: int, kernel: int, strides: int = 1) -> Iterator[Layer]:
        takes = (self.before,) if number == 1 else ()
        name = f"{self.name}_convolution_{number}"
        return self.normalized(self.part.convolution(name, filters, kernel, strides, takes=takes))


def _residual(unit: Unit) -> Iterator[Layer]:
    """He et al. 2016, figure 5, left: two convolutions."""
    branch = [
        *unit.convolution(1, unit.filters, unit.kernel, unit.strides),
        unit.part.activated(f"{unit.name}_activation_1"),
        *unit.convolution(2, unit.filters, unit.kernel),
    ]
    return _added(unit, branch)


def _bottleneck(unit: Unit) -> Iterator[Layer]:
    """He et al. 2016, figure 5, right; the step is in the middle, where the kernel sees all that it steps over."""
    inner = inner_filters(unit.part.config, unit.filters)
    branch = [
        *unit.convolution(1, inner, 1),
        unit.part.activated(f"{unit.name}_activation_1"),
        *unit.convolution(2, inner, unit.kernel, unit.strides),
        unit.part.activated(f"{unit.name}_activation_2"),
        *unit.convolution(3, unit.filters, 1),
    ]
    return _added(unit, branch)


def _added(unit: Unit, branch: Sequence[Layer]) -> Iterator[Layer]:
    """A branch, added to what it took; a 1x1 convolution brings that to the same shape where it has another."""
    part = unit.part
    branch = [*unit.attended(branch), *_stochastic(unit)]
    yield from branch
    shortcut = unit.before
    if unit.strides != 1 or unit.channels != unit.filters:
        name = f"{unit.name}_shortcut"
        projected = part.convolution(name, unit.filters, 1, unit.strides, takes=(unit.before,))
        projection = list(unit.normalized(projected))
        yield from projection
        shortcut = projection[-1].name
    yield part.layer("Add", f"{unit.name}_added", takes=(shortcut, branch[-1].name))
    yield part.activated(unit.last)


def _stochastic(unit: Unit) -> Iterator[Layer]:
    """Huang et al. 2016: in training the branch is left out of some pictures' networks, of deeper ones more often."""
    rate = unit.part.config["stochastic_depth"]
    if not isinstance(rate, (int, float)) or rate:  # else no trial of the program leaves any out
        yield Layer(
            "Dropout",
            f"{unit.name}_stochastic_depth",
            (rate,),
            {"noise_shape": (None, 1, 1, 1)},
            reads="stochastic_depth",
            block=unit.part.block,
            factor=unit.depth,
        )


def _separable(unit: Unit) -> Iterator[Layer]:
    """Howard et al. 2017, figure 3: a convolution of each channel by itself, then one of all of them, 1x1."""
    part = unit.part
    yield from unit.normalized(part.depthwise(f"{unit.name}_depthwise", unit.kernel, unit.strides))
    yield part.activated(f"{unit.name}_activation_1")
    pointwise = list(unit.normalized(part.convolution(f"{unit.name}_pointwise", unit.filters, 1)))
    yield from unit.attended(pointwise)
    yield part.activated(unit.last)


_KINDS: Mapping[str, Callable[[Unit], Iterator[Layer]]] = {
    "residual": _residual,
    "bottleneck": _bottleneck,
    "separable": _separable,
}
