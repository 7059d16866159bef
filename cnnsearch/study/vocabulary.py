"""What a study has to say of its vocabularies: what the best one does not know, and what an earlier run had made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["vocabulary_in_words"]


def vocabulary_in_words(study: Study) -> str:
    """Empty of pictures, and where no trial has a value."""
    best = study.best
    if best is None or "unknown_tokens" not in best.cost:
        return ""
    said = f"Of the tokens of the validation texts {best.cost['unknown_tokens']:.1%} are not in its vocabulary."
    if "with_vectors" in best.cost:
        said += f" Of its words {best.cost['with_vectors']:.1%} began with a vector of the file."
    return said + _found_in_words(study)


def _found_in_words(study: Study) -> str:
    computed = [use["misses"] for use in study.stages if use["stage"] == "tokens"]
    found = computed.count(0)
    if not found:
        return ""
    if found < len(computed):  # forms that differ in their vectors alone have the same ones, of this very run
        return f" The tokens of {found} of {len(computed)} kinds were found in the cache."
    return " The tokens were found in the cache, as an earlier run had made them."
