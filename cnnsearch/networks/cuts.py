"""Cuts: where a backbone may be split in two, so that what comes before is computed once and what follows is trained.

A cut is a set of tensors through which everything that follows gets its input. Found on the graph of operations, as
a list of layers misses the additions of residual networks that are no layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.networks.keras_private import nodes_of

if TYPE_CHECKING:
    import keras

__all__ = ["Cut", "chosen_cut", "find_cuts", "necks"]

_WIDEST = 2
"""Tensors that a cut may have beside the model's own outputs: cells of NASNet take what the two before them give."""

_STEPS = 20
"""A cut at most for every twentieth of a backbone's arithmetic, so that trials that unfreeze nearly the same share."""

_NEAR = 0.02
"""Of a backbone's arithmetic: so much more to train on is worth a smaller cut."""


@dataclass(frozen=True)
class Cut:
    """A place where a backbone may be split.

    Attributes:
        nodes: numbers of the operations whose outputs are the cut, in the order of :func:`nodes_of`: names of
            operations differ between processes.
        shapes: of each of them for one picture, without the batch.
        position: operations before the cut, in the order of the graph.
        share: of the backbone's multiplications that are done before it, 0 to 1.
        is_pooled: it lies behind the pooling that follows the backbone.
    """

    nodes: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    position: int
    share: float
    is_pooled: bool = False

    @property
    def size(self) -> int:
        """Numbers a picture."""
        return sum(math.prod(shape) for shape in self.shapes)


def find_cuts(model: keras.Model) -> tuple[Cut, ...]:
    """A short list of places to split a model, the last of them its outputs; shallow ones first.

    Of all cuts with at most two tensors the smallest in each twentieth of the arithmetic: mostly the ends of blocks.
    Outputs of the model that come before a cut are part of it.
    """
    nodes = nodes_of(model)
    smallest: dict[int, Cut] = {}
    for cut in _frontiers(nodes, model.outputs):
        step = min(int(cut.share * _STEPS), _STEPS - 1)
        # Of equal sizes the later one: it has more of the arithmetic behind it.
        if cut.share > 0 and (step not in smallest or cut.size <= smallest[step].size):
            smallest[step] = cut
    last = _cut(list(model.outputs), nodes, len(nodes), 1.0)
    return (*(cut for cut in smallest.values() if cut.nodes != last.nodes), last)


def necks(model: keras.Model) -> list[Any]:
    """The tensors through which alone all that follows gets its input, in the order of the graph."""
    nodes = nodes_of(model)
    return [nodes[cut.nodes[0]].outputs[0] for cut in _frontiers(nodes, model.outputs) if len(cut.nodes) == 1]


def chosen_cut(cuts: Sequence[Cut], position: int, pictures: int, budget: float, bytes_a_number: int) -> Cut | None:
    """The cut that saves most among those that can be used; ``None`` where none can.

    Args:
        cuts: shallow ones first.
        position: of the first operation that is trained, or random; what comes before is frozen.
        pictures: whose features are kept.
        budget: bytes that they may take.
        bytes_a_number: of the features at rest.
    """
    usable = [cut for cut in cuts if cut.position <= position and cut.size * pictures * bytes_a_number <= budget]
    if not usable:
        return None
    # Features at rest cost memory in every trial, a sliver of arithmetic hardly any time.
    near = [cut for cut in usable if cut.share >= usable[-1].share - _NEAR]
    return min(near, key=lambda cut: (cut.size, -cut.position))


def _frontiers(nodes: Sequence[Any], outputs: Sequence[Any]) -> Iterator[Cut]:
    """Every cut between two operations."""
    # How often each tensor is still to be read: at 0 nothing that follows needs it, and it leaves the frontier.
    uses: dict[int, int] = {}
    for tensor in (*(tensor for node in nodes for tensor in node.input_tensors), *outputs):
        uses[id(tensor)] = uses.get(id(tensor), 0) + 1
    costs = [0.0 if node.is_input else _multiplications(node) for node in nodes]
    total, done = sum(costs), 0.0
    given = {id(tensor) for tensor in outputs}
    waiting: dict[int, Any] = {}
    for position, (node, cost) in enumerate(zip(nodes, costs, strict=True), 1):
        done += cost
        # What nobody reads, as the second output of a cell, is not part of a cut.
        waiting.update((id(tensor), tensor) for tensor in node.outputs if uses.get(id(tensor)))
        for tensor in node.input_tensors:
            uses[id(tensor)] -= 1
            if not uses[id(tensor)]:
                del waiting[id(tensor)]
        if len(waiting.keys() - given) <= _WIDEST:
            yield _cut(list(waiting.values()), nodes, position, done / total)


def _cut(tensors: list[Any], nodes: Sequence[Any], position: int, share: float) -> Cut:
    makers = {id(tensor): number for number, node in enumerate(nodes) for tensor in node.outputs}
    shapes = tuple(tuple(map(int, tensor.shape[1:])) for tensor in tensors)
    return Cut(tuple(makers[id(tensor)] for tensor in tensors), shapes, position, share)


def _multiplications(node: Any) -> float:
    """Of one picture, about: those of convolutions and dense layers; one a number that it gives for anything else."""
    shape = [int(side or 1) for side in node.outputs[0].shape[1:]]
    kernels: list[Any] = [
        getattr(node.operation, name, None) for name in ("kernel", "depthwise_kernel", "pointwise_kernel")
    ]
    if not any(hasattr(kernel, "shape") for kernel in kernels):  # attention has dense layers inside
        kernels = [weight for weight in getattr(node.operation, "weights", ()) if weight.name == "kernel"]
    sizes = [math.prod(kernel.shape) for kernel in kernels if hasattr(kernel, "shape")]
    return float(math.prod(shape[:-1]) * sum(sizes) or math.prod(shape))
