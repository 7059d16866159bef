"""Programs: those that a worker keeps, so that an architecture is compiled once."""

from __future__ import annotations

import math
from collections import OrderedDict

from cnnsearch.errors import TrialError
from cnnsearch.families import find_family
from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.structure import Structure

__all__ = ["MOST_PROGRAMS", "Programs"]

MOST_PROGRAMS = 32
"""A program of a small network takes about 10 MB, which TensorFlow does not give back when it is dropped."""

_MOST_BYTES = 2 * 2**30


class Programs:
    """A bounded number of programs; the one that was used least recently goes first.

    Args:
        most: programs kept.
        most_bytes: memory that all of them may take for weights and optimizers; one is kept in any case.
    """

    def __init__(self, most: int = MOST_PROGRAMS, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Structure, Program] = OrderedDict()
        self._counts: dict[Structure, int] = {}
        self.compiled = 0

    def __len__(self) -> int:
        return len(self._kept)

    def count(self, structure: Structure) -> int:
        """Weights of the network of a structure, which is not cut; once, as a user's family may be built for it.

        Raises:
            TrialError: the architecture cannot exist.
        """
        if structure.network is not None:
            return structure.network.parameters
        if structure not in self._counts:
            config = {**dict(structure.settings), **structure.runtime_values()}
            family, width = find_family(structure.family), structure.outputs.width
            self._counts[structure] = family.count(config, structure.shape, width)
        return self._counts[structure]

    def take(self, structure: Structure, seed: int) -> tuple[Program, bool]:
        """A program as if newly made from ``structure`` and ``seed``, and whether it was.

        Raises:
            TrialError: the architecture cannot exist.
        """
        kept = self._kept.pop(structure, None)  # one that breaks while it is reset is not kept
        if kept is not None:
            kept.reset(seed)
            self._kept[structure] = kept
            return kept, False
        program = Program(structure, seed)
        self._check_count(program)
        self.compiled += 1
        if program.is_reusable:
            self._kept[structure] = program
            self._drop_excess()
        return program, True

    def _check_count(self, program: Program) -> None:
        """Whether a network has as many weights as its family had counted."""
        counted = self._counts.get(program.structure)
        if counted is None:
            return  # that of a part of a network, behind a cut
        has = sum(math.prod(weight.shape) for weight in program.model.weights)
        if counted != has:
            raise TrialError(f"{program.structure.family} counts {counted:,} weights, and its model has {has:,}")

    def _drop_excess(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > self._most or sum(program.bytes for program in self._kept.values()) > self._most_bytes
        ):
            self._kept.popitem(last=False)
