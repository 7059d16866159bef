"""Scripts of texts, as Latin or Arabic: by these languages are told apart that a network would have to learn each."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import SHOWN, Finding, are_of, by_class
from cnnsearch.data.split import Split

__all__ = ["CHECK", "script_of"]

_RARE = 0.1
"""Share of texts in other scripts below which they seem to be there by mistake: of more it is told what there is."""

_TOLD = 4
"""Scripts that are told."""

_WORDS = {"cjk": "han", "hiragana": "kana", "katakana": "kana"}
"""First word of a letter's name in Unicode -> its script, where that is called otherwise."""


class OtherScripts:
    """Tells by which scripts the texts are written; those without a letter are of none."""

    def sets(self, examined: Examined) -> Sets:
        scripts = _scripts(examined.texts)
        counts = Counter(filter(None, scripts))
        if len(counts) < 2:
            return []
        first, _ = counts.most_common(1)[0]
        return [(index,) for index, script in enumerate(scripts) if script not in ("", first)]

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002 - a Check
        return found

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if not found:
            return
        counts = Counter(filter(None, _scripts(examined.texts))).most_common()
        told = [f"{script.capitalize()} {count:,}" for script, count in counts[:_TOLD]]
        more = f" and {len(counts) - _TOLD} more" if len(counts) > _TOLD else ""
        indices = [index for (index,) in found]
        text = (
            f"{are_of(len(found), len(examined))} mainly in another script than most are"
            f"{by_class(examined.dataset, indices)}, as {examined.dataset.pictures.name(indices[0])} (texts by script: "
            f"{', '.join(told)}{more})"
        )
        is_rare = len(found) < _RARE * len(examined)
        consequence = ": of a language with few texts little is learnt" if is_rare else ""
        examples = tuple(found[:SHOWN])
        yield Finding(
            "other_scripts", f"{text}{consequence}.", len(found), examined.dataset, examples, doubtful=is_rare
        )


def _scripts(texts: Sequence[str]) -> list[str]:
    """Of each text. Where more have kana than are of Chinese letters alone, these are short Japanese ones."""
    found = [script_of(text) for text in texts]
    counts = Counter(found)
    return ["kana" if script == "han" else script for script in found] if counts["kana"] > counts["han"] else found


def script_of(text: str) -> str:
    """That of most of its letters, in small letters; empty: it has none. A text with any kana is one of these."""
    counts: Counter[str] = Counter()
    for letter, times in Counter(text).items():
        if script := _script(letter):
            counts[script] += times
    if "kana" in counts:
        return "kana"
    return max(counts, key=lambda script: (counts[script], script), default="")


@functools.lru_cache(maxsize=65536)
def _script(letter: str) -> str:
    """Of one character; empty: it is no letter."""
    plain = unicodedata.normalize("NFKC", letter)[:1]  # of full width, or of mathematics
    if not plain.isalpha() or unicodedata.category(plain) == "Lm":
        return ""
    word = unicodedata.name(plain, "").split(" ", 1)[0].partition("-")[0].lower()
    return _WORDS.get(word, word)


CHECK = OtherScripts()
