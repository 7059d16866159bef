"""Whose weights a trial has, in words: of population based training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["lineage_in_words"]


def lineage_in_words(study: Study, trial: int) -> str:
    """When a trial went on with the weights of others, as ``after epoch 3 from trial 0``; empty where it never did."""
    taken = study.takeovers.get(trial, ())
    return "; ".join(f"after epoch {line.epoch} from trial {line.source}" for line in taken)
