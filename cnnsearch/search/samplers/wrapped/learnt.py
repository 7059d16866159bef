"""What is taken to be good before anything has run: configs of an earlier study, or those a search starts with."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.space import Config
from cnnsearch.space.priors import Sure

__all__ = ["Learnt"]


@dataclass(frozen=True)
class Learnt:
    """Configs near which good ones are believed to lie.

    Attributes:
        origin: of a config that is drawn by it.
        good: these configs, of the parameters and values of this space or others.
        sure: how close to them.
    """

    origin: str
    good: tuple[Config, ...]
    sure: Sure = "strong"
