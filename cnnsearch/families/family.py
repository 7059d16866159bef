"""The model families that an experiment may name, and the parameters that each understands."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cnnsearch.families.cnn.spec import CNN
from cnnsearch.families.training_spec import TRAINING
from cnnsearch.families.transfer.spec import TRANSFER
from cnnsearch.inputs.pictures.augmentation_spec import AUGMENTATION
from cnnsearch.inputs.pictures.preprocessing_spec import PREPROCESSING
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.table import Table

__all__ = ["FAMILIES", "OWN_FAMILY", "SHARED", "FamilySpec", "family_named", "is_own_family"]

OWN_FAMILY = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
"""What ``model:`` says for a user's own family: ``package.module:function``."""

SHARED = Parameters(TRAINING.values(), PREPROCESSING.values(), AUGMENTATION.values())
"""The parameters that come on top of every family's own."""


@dataclass(frozen=True)
class FamilySpec:
    """The declaration of a model family.

    Attributes:
        name: what ``model:`` says.
        doc: one line of documentation.
        parameters: those of the architecture itself; training and preprocessing parameters come on top.
        scales_itself: it brings the pixels into the range that its network was trained on; ``scaling`` is not searched.
    """

    name: str
    doc: str
    parameters: Parameters
    scales_itself: bool = False

    @property
    def searchable(self) -> Parameters:
        """Everything that a space for this family may name."""
        shared = [spec for spec in SHARED.values() if not (self.scales_itself and spec.name == "scaling")]
        return Parameters(self.parameters.values(), shared)

    @property
    def network(self) -> tuple[str, ...]:
        """The parameters that shape the network that predicts; where they are equal, so is its arithmetic."""
        shaping = (*self.parameters.values(), *PREPROCESSING.values())
        return tuple(spec.name for spec in shaping if spec.structural and spec.predicts)


def is_own_family(model: str) -> bool:
    """Whether it is ``package.module:function``, of names that Python's own statements take."""
    names = re.split("[.:]", model)
    return re.fullmatch(OWN_FAMILY, model) is not None and not any(map(keyword.iskeyword, names))


def family_named(model: str, names: Iterable[str], runtime: Iterable[str]) -> FamilySpec:
    """The declaration of the family that ``model:`` says.

    Args:
        model: a name of :data:`FAMILIES`, or ``package.module:function``.
        names: what the space names; what is not shared by all families belongs to a user's own one.
        runtime: those that a user's function takes as runtime values; all others are structural.
    """
    if not is_own_family(model):
        return FAMILIES[model]
    specs = [
        ParameterSpec(name, "any", None, "of the user's own family", structural=name not in runtime)
        for name in names
        if name not in SHARED
    ]
    return FamilySpec(model, "a user's own family", Parameters(specs))


FAMILIES: Table[FamilySpec] = Table("model family")

FAMILIES.add(
    "cnn",
    FamilySpec("cnn", "plain convolutional network: blocks of convolutions and pooling, then dense layers", CNN),
)
FAMILIES.add(
    "transfer",
    FamilySpec(
        "transfer",
        "a pretrained backbone, frozen up to its last layers, and a head that is trained on top",
        TRANSFER,
        scales_itself=True,
    ),
)
