"""Words of texts for validation and test that no text for training has."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.tokenizer import Tokenizer

__all__ = ["CHECK", "MANY"]

MANY = 0.15
"""Of natural language some per cent are new, names above all; what is far above is another kind of text."""

_ALL = TextForm("words", 10**8, 1)
"""However large the vocabulary: what stays unknown no parameter can make known as a word."""


class UnknownWordsCheck:
    """Compares the words of the splits, whatever vocabulary a trial has."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if not examined.texts:
            return
        parts = {"validation": split.validation if split.folds is None else (), "test": split.test}
        held = {name: [examined.texts[row] for row in rows] for name, rows in parts.items() if len(rows)}
        if not held:
            return
        known = Tokenizer.trained([examined.texts[row] for row in split.train], _ALL)
        for name, texts in held.items():
            share = known.unknown_share(texts)
            text = (
                f"Of the words of the {name} texts {share:.1%} are in no training text, so that no vocabulary has them"
            )
            if not share:
                text = f"All words of the {name} texts are in texts for training"
            if share < MANY:
                yield Finding("unknown_words", f"{text}.", 0, examined.dataset, doubtful=False, kind=name)
                continue
            consequence = "to a network they are all one token; subwords (tokens) know their parts"
            yield Finding("unknown_words", f"{text}: {consequence}.", len(texts), examined.dataset, kind=name)


CHECK = UnknownWordsCheck()
