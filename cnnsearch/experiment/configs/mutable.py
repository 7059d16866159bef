"""What of a config may change while its network is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.space import Float

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["mutable"]


def mutable(experiment: Experiment) -> tuple[str, ...]:
    """Parameters of a space that may change between two epochs: runtime parameters in a range of floats.

    Whatever shapes the network, whole numbers, choices, and those on which others depend stay as they are.
    """
    searchable = experiment.searchable
    parents = {parent for parameter in experiment.space.values() for parent in (dict(parameter.when or ()))}
    return tuple(
        name
        for name, parameter in experiment.space.items()
        if isinstance(parameter, Float)
        and not searchable[name].structural
        and searchable[name].kind == "float"
        and name not in parents
    )
