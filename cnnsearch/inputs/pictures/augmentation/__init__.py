"""Augmentation in the graph: what is done to the pictures of a batch at random, while a model trains on them."""

from __future__ import annotations

from cnnsearch.inputs.pictures.augmentation.augmentation import Augmentation
from cnnsearch.inputs.pictures.augmentation.mixing import Mixing

__all__ = ["Augmentation", "Mixing"]
