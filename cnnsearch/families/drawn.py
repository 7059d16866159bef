"""Random configs of a space, for what no range of a single parameter can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import InputError
from cnnsearch.space import Parameter, Space
from cnnsearch.space.constraints import left_out, parse_constraints

if TYPE_CHECKING:
    from cnnsearch.families.family import FamilySpec

__all__ = ["DRAWS", "drawn_configs"]

DRAWS = 500


def drawn_configs(
    spec: FamilySpec, keys: Mapping[str, Any], space: Mapping[str, Parameter]
) -> Iterator[Mapping[str, Any]]:
    """Random configs, filled; none where something else is wrong with the space, which is told elsewhere."""
    own = {name: parameter for name, parameter in space.items() if _is_valid(spec, name, parameter)}
    given = keys.get("constraints", ())
    texts = [each for each in given if isinstance(each, str)] if isinstance(given, (list, tuple)) else []
    defaults = spec.searchable.filled({})
    try:
        whole = Space(own)
    except InputError:
        return
    constraints, _ = parse_constraints(texts, own, left_out(defaults, own))
    drawn = whole.kept_to(constraints).draws(np.random.default_rng(0), DRAWS)
    yield from (spec.parameters.filled(config) for config in drawn)


def _is_valid(spec: FamilySpec, name: str, parameter: Parameter) -> bool:
    known = spec.parameters.get(name)
    return known is None or known.refused(parameter) is None
