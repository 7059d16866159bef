"""What an earlier study is taken to say."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.space import Config

__all__ = ["Learnt"]


@dataclass(frozen=True)
class Learnt:
    """What an earlier study is taken to say.

    Attributes:
        origin: of a config that is drawn by it.
        good: its good configs, of the parameters and values of this space or others.
    """

    origin: str
    good: tuple[Config, ...]
