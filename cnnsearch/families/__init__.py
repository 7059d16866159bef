"""One folder a model family: what it declares (``spec``), the networks that it builds (``body``), and what else it has.

A new family is a folder and a line here. What is imported here is light; bodies are loaded when a trial needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.families.cnn.spec import CNN
from cnnsearch.families.detector.spec import DETECTOR
from cnnsearch.families.family import Body, Family, FamilySpec, part
from cnnsearch.families.own.spec import (
    OWN_FAMILY,
    OwnFamily,
    check_own_name,
    declared_spec,
    is_own_family,
    module_name,
    undeclared_spec,
)
from cnnsearch.families.text_cnn.spec import TEXT_CNN
from cnnsearch.families.text_transformer.spec import TEXT_TRANSFORMER
from cnnsearch.families.transfer.spec import TRANSFER
from cnnsearch.families.unet.spec import UNET
from cnnsearch.families.vit.spec import VIT
from cnnsearch.space import shown
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.space.switches import Switch
from cnnsearch.table import Table

__all__ = [
    "FAMILIES",
    "OWN_FAMILY",
    "Family",
    "FamilySpec",
    "OwnFamily",
    "ParameterSpec",
    "Switch",
    "declaration_of",
    "find_family",
    "installed",
    "is_own_family",
    "module_name",
    "named_model",
    "shadowed",
    "spec_of",
]

FAMILIES: Table[Family] = Table("model family")
FAMILIES.add("cnn", Family(CNN, part("cnnsearch.families.cnn.body"), part("cnnsearch.families.cnn.problems")))
FAMILIES.add(
    "transfer",
    Family(TRANSFER, *(part(f"cnnsearch.families.transfer.{name}") for name in ("body", "problems", "assets", "plan"))),
)
FAMILIES.add(
    "detector",
    Family(
        DETECTOR,
        *(
            part(f"cnnsearch.families.{name}")
            for name in ("detector.body", "detector.problems", "transfer.assets", "detector.plan")
        ),
    ),
)
_VECTORS = part("cnnsearch.families.word_vectors")
FAMILIES.add("text_cnn", Family(TEXT_CNN, part("cnnsearch.families.text_cnn.body"), load_assets=_VECTORS))
FAMILIES.add(
    "text_transformer",
    Family(
        TEXT_TRANSFORMER,
        part("cnnsearch.families.text_transformer.body"),
        part("cnnsearch.families.text_transformer.problems"),
        _VECTORS,
    ),
)
FAMILIES.add(
    "unet",
    Family(
        UNET,
        *(
            part(f"cnnsearch.families.{name}")
            for name in ("unet.body", "unet.problems", "transfer.assets", "unet.plan")  # its backbones are those
        ),
    ),
)
FAMILIES.add("vit", Family(VIT, *(part(f"cnnsearch.families.vit.{name}") for name in ("body", "problems"))))

GROUP = "cnnsearch.families"
"""Entry points of installed packages: a name for ``package.module:NAME``."""


def installed() -> dict[str, str]:
    """Families of installed packages: name -> ``package.module:NAME``; this package's own names are not theirs."""
    return {each.name: each.value for each in entry_points(group=GROUP) if each.name not in FAMILIES}


def shadowed() -> dict[str, str]:
    """Those of installed packages that nobody gets by their names, as these are this package's own."""
    return {each.name: each.value for each in entry_points(group=GROUP) if each.name in FAMILIES}


def named_model(name: object) -> str:
    """What ``model:`` stands for: a family of this package, or ``package.module:NAME``.

    Raises:
        InputError: there is no such family; says which there are.
    """
    if isinstance(name, str) and ":" in name:
        check_own_name(name)
        return name
    if isinstance(name, str) and name in FAMILIES:
        return name
    others = installed()
    if isinstance(name, str) and name in others:
        if is_own_family(others[name]):
            return others[name]
        rule = f"is what an installed package names, but not by package.module:NAME: '{others[name]}'"
        raise InputError(Problem("", rule, name))
    rule = f"unknown {FAMILIES.what}; {nearest(name, [*FAMILIES, *others])}"
    raise InputError(Problem("", rule, shown(name)))


def find_family(model: str) -> Family:
    """The family that an experiment's ``model`` says.

    Raises:
        InputError: there is none.
    """
    if not is_own_family(model):
        return FAMILIES.find(model, "model")
    return Family(
        FamilySpec(model, "a user's own family", Parameters(), is_own=True),
        lambda: _own_body(model),
        part("cnnsearch.families.own.problems"),
    )


def spec_of(
    model: str, names: Iterable[str], runtime: Iterable[str] = (), declaration: Mapping[str, Any] | None = None
) -> FamilySpec:
    """The declaration of the family that ``model`` says.

    Args:
        model: a name of :data:`FAMILIES`, or ``package.module:NAME``.
        names: what the space names; of a function, what is not shared by all families belongs to it.
        runtime: those that a function takes as runtime values.
        declaration: of a declared family.

    Raises:
        InputError: the declaration is none.
    """
    if not is_own_family(model):
        return FAMILIES[model].spec
    return undeclared_spec(model, names, runtime) if declaration is None else declared_spec(model, declaration)


def declaration_of(model: str) -> dict[str, Any] | None:
    """What a family from outside declares; see :func:`cnnsearch.families.own.declaration.declaration_of`."""
    found: dict[str, Any] | None = None
    if is_own_family(model):
        found = part("cnnsearch.families.own.declaration")().declaration_of(model)
    return found


def _own_body(model: str) -> Body:
    body: Body = part("cnnsearch.families.own.body")().OwnBody(model)
    return body
