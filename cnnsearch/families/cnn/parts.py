"""What the blocks of a ``cnn`` are put together from: a convolution, what normalises it, and its activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.families.cnn.normalization import normalization_of
from cnnsearch.networks.layers import Layer, initializer

__all__ = ["Part"]

_KERAS_MOMENTUM = 0.99


@dataclass(frozen=True)
class Part:
    """The place of some layers, and the config that they are of.

    Attributes:
        config: filled.
        block: that they belong to.
    """

    config: Mapping[str, Any]
    block: int

    def layer(self, kind: str, name: str, *arguments: Any, takes: tuple[str, ...] = (), **options: Any) -> Layer:
        """One that has no penalty."""
        return Layer(kind, name, arguments, options, block=self.block, takes=takes)

    def convolution(
        self, name: str, filters: int, kernel: int, strides: int = 1, padding: str = "same", takes: tuple[str, ...] = ()
    ) -> Layer:
        """One whose output is normalised, where anything is."""
        return self._kernel("Conv2D", name, (filters, kernel), "kernel_initializer", strides, padding, takes)

    def depthwise(self, name: str, kernel: int, strides: int = 1) -> Layer:
        """One of each channel by itself."""
        return self._kernel("DepthwiseConv2D", name, (kernel,), "depthwise_initializer", strides, "same", ())

    def normalized(self, name: str) -> Iterator[Layer]:
        """What normalises the layer before it; nothing where nothing does."""
        kind, momentum = normalization_of(self.config), self.config["normalization_momentum"]
        if kind == "batch":
            options = {"momentum": momentum} if momentum != _KERAS_MOMENTUM else {}
            yield self.layer("BatchNormalization", name, **options)
        elif kind == "group":  # Wu and He 2018
            yield self.layer("GroupNormalization", name, self.config["normalization_groups"])
        elif kind == "layer":  # Ba et al. 2016; over the filters of each place, as of Liu et al. 2022
            yield self.layer("LayerNormalization", name)

    def activated(self, name: str) -> Layer:
        return self.layer("Activation", name, self.config["activation"])

    def _kernel(
        self,
        kind: str,
        name: str,
        sizes: tuple[int, ...],
        initialized: str,
        strides: int,
        padding: str,
        takes: tuple[str, ...],
    ) -> Layer:
        options = {
            **({"strides": strides} if strides != 1 else {}),
            "padding": padding,
            # a bias before batch normalisation has no effect and a gradient of noise
            **({"use_bias": False} if normalization_of(self.config) != "none" else {}),
            initialized: initializer(self.config["activation"]),
        }
        return Layer(kind, name, sizes, options, is_penalized=True, block=self.block, takes=takes)
