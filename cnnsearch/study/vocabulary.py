"""What the vocabulary of a study's best model does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["unknown_in_words"]


def unknown_in_words(study: Study) -> str:
    """Empty of pictures, and where no trial has a value."""
    best = study.best
    if best is None or "unknown_tokens" not in best.cost:
        return ""
    said = f"Of the tokens of the validation texts {best.cost['unknown_tokens']:.1%} are not in its vocabulary."
    if "with_vectors" in best.cost:
        said += f" Of its words {best.cost['with_vectors']:.1%} began with a vector of the file."
    return said
