"""Tokenizer: from texts to numbers of tokens, with a vocabulary that was learnt from the training split."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.inputs.texts.form import TextForm

__all__ = ["LETTERS", "NUMBERS", "PADDING", "SINGLE", "UNKNOWN", "Tokenizer"]

PADDING, UNKNOWN = 0, 1
"""Numbers of the token behind the end of a text, and of that for all that is not known."""

NUMBERS: np.dtype[Any] = np.dtype(np.int32)
"""In which they are kept."""

_SPECIAL = ["[PAD]", "[UNK]"]

SINGLE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{So}"
"""Each is a token: letters of scripts that put no space between words, and emoji, which are among the other symbols."""

LETTERS = r"\p{L}\p{M}\p{N}_\x{200c}\x{200d}"
"""What words are made of: marks are parts of their letters (Devanagari, Arabic, Hebrew), and joiners stand within words
(Persian)."""

_LETTER = rf"[[{LETTERS}]&&[^{SINGLE}]]"
_WORD = rf"[{SINGLE}]\p{{M}}*|{_LETTER}+(?:['’]{_LETTER}+)*"
"""In the regular expressions of Oniguruma."""

_SPACE = "▁"
"""Stands for the space before a word, so that its beginning is told from what follows."""

_PROBES = (
    "The film wasn't good, THE film was 2.5 hours: naïve_café C++ <b>x</b> ▁ A.B-c #1 ½ ₹5 a@b.org",
    "so 😀👍🏽 good ❤️ so 😡 bad ☀ ™ © → ∑ 😀",
    "ὁδός ΟΔΟΣ οδός e\u0301tude \u00c9TUDE ﬁn Straße ISTANBUL İ ŉ",
    "私はラーメンが好きです 这是中文 ภาษาไทย ພາສາລາວ ភាសាខ្មែរ မြန်မာ 한국어 हिन्दी में می\u200cخواهم עִבְרִית العَرَبِيَّة",
)
"""Texts with something of all that may be divided in more than one way."""

_AT_ONCE = 1024
"""Texts whose tokens are in memory at once."""


@dataclass(frozen=True)
class Tokenizer:
    """A trained one.

    Attributes:
        content: JSON, as the library ``tokenizers`` reads and writes it; cutting and padding are part of it.
    """

    content: str

    @classmethod
    def trained(cls, texts: Sequence[str], form: TextForm) -> Tokenizer:
        """One whose vocabulary is that of ``texts``; the same texts in the same order give the same."""
        from tokenizers import trainers

        library = _untrained(form)
        told: dict[str, Any] = {"vocab_size": form.vocabulary_size, "special_tokens": _SPECIAL, "show_progress": False}
        trainer = trainers.WordLevelTrainer(**told) if form.tokens == "words" else trainers.BpeTrainer(**told)
        library.train_from_iterator(texts, trainer, length=len(texts))
        # The library would find the names of its own tokens in texts too, as they are written, case and brackets.
        return cls(json.dumps({**json.loads(library.to_str()), "added_tokens": []}, ensure_ascii=False))

    @classmethod
    def recipe(cls, form: TextForm) -> str:
        """How texts are brought into a common form and divided, as JSON: what two tokenizers differ in but for what
        they have learnt."""
        return str(_untrained(form).to_str())

    @property
    def divides_as_today(self) -> bool:
        """Whether texts are brought into a common form and divided as one that is trained today would do it."""
        form = TextForm("words" if self.is_of_words else "subwords", len(_SPECIAL), 1)
        was, now = json.loads(self.content), json.loads(self.recipe(form))
        return all(was[part] == now[part] for part in ("normalizer", "pre_tokenizer"))

    @staticmethod
    @functools.cache
    def division() -> str:
        """Tells how texts are divided, and how tokens are learnt of them: by what becomes of some, as a sha256."""
        digest = hashlib.sha256()
        for kind in ("words", "subwords"):
            made = Tokenizer.trained(_PROBES, TextForm(kind, 200, 128))
            digest.update(json.dumps([made.vocabulary, made.numbers(_PROBES).tolist()]).encode())
        return digest.hexdigest()

    @functools.cached_property
    def _library(self) -> Any:
        from tokenizers import Tokenizer as Library

        return Library.from_str(self.content)

    @functools.cached_property
    def _unpadded(self) -> Any:
        from tokenizers import Tokenizer as Library

        library = Library.from_str(self.content)
        library.no_padding()
        return library

    def __getstate__(self) -> dict[str, str]:
        return {"content": self.content}

    @property
    def size(self) -> int:
        """Tokens that are known, with padding and the unknown one."""
        return int(self._library.get_vocab_size())

    @property
    def length(self) -> int:
        """Tokens of each text."""
        return int(self._library.truncation["max_length"])

    def numbers(self, texts: Sequence[str]) -> np.ndarray:
        """``(n, length)`` int32 numbers of tokens: the beginning of each text, and padding behind its end."""
        pieces = [numbers for _, numbers in self.pieces(texts)]
        return np.concatenate(pieces) if pieces else np.empty((0, self.length), NUMBERS)

    def pieces(self, texts: Sequence[str]) -> Iterator[tuple[int, np.ndarray]]:
        """The same of some texts at a time, with the place of the first of them."""
        for at in range(0, len(texts), _AT_ONCE):
            # Without places in the text, and with padding left to NumPy: of words in half the time.
            encoded = self._unpadded.encode_batch_fast(list(texts[at : at + _AT_ONCE]))
            found = np.full((len(encoded), self.length), PADDING, NUMBERS)
            for row, each in enumerate(encoded):
                ids = each.ids
                found[row, : len(ids)] = ids
            yield at, found

    def unknown_share(self, texts: Sequence[str]) -> float:
        """Share of the tokens of whole texts, their ends with them, that it does not know."""
        from tokenizers import Tokenizer as Library

        whole = Library.from_str(self.content)
        whole.no_truncation()
        whole.no_padding()
        unknown = total = 0
        for at in range(0, len(texts), _AT_ONCE):
            for encoded in whole.encode_batch(list(texts[at : at + _AT_ONCE])):
                unknown += encoded.ids.count(UNKNOWN)
                total += len(encoded.ids)
        return unknown / total if total else 0.0

    def words(self, text: str) -> list[tuple[int, str]]:
        """Number of each token that is read of a text, and the part of the text that it stands for."""
        encoded = self._library.encode(text)
        spans = zip(encoded.ids, encoded.offsets, strict=True)
        return [(number, text[first:end]) for number, (first, end) in spans if number != PADDING]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each token that is read of a text begins and ends in it."""
        encoded = self._library.encode(text)
        return [span for number, span in zip(encoded.ids, encoded.offsets, strict=True) if number != PADDING]

    def beginning(self, numbers: np.ndarray, characters: int) -> np.ndarray:
        """Which tokens, ``(n, length)`` booleans, may begin within so many characters of all that are before them.

        Args:
            numbers: ``(n, length)`` of the texts.
            characters: of the tokens alone; one that is not known counts as one.
        """
        lengths = np.array([max(1, len(token.removeprefix(_SPACE))) for token in self.vocabulary])
        lengths[UNKNOWN] = 1
        taken = lengths[numbers]
        return np.asarray((numbers != PADDING) & (taken.cumsum(axis=1) - taken < characters))

    @property
    def is_of_words(self) -> bool:
        """Whether its tokens are words, and not pieces of these."""
        return bool(json.loads(self.content)["model"]["type"] == "WordLevel")

    @property
    def vocabulary(self) -> list[str]:
        """Its tokens in the order of their numbers, those for padding and for what is not known first."""
        known = self._library.get_vocab()
        return sorted(known, key=known.__getitem__)

    @staticmethod
    def joined(tokens: Sequence[str], are_words: bool) -> str:
        """Words, or pieces of these, as people read them; what is not known is a question mark."""
        known = ["?" if token == _SPECIAL[UNKNOWN] else token for token in tokens]
        return " ".join(known) if are_words else "".join(known).replace(_SPACE, " ").strip()

    def token(self, number: int) -> str:
        """What a number stands for."""
        return str(self._library.id_to_token(number))


def _untrained(form: TextForm) -> Any:
    """The library's tokenizer that knows nothing yet."""
    from tokenizers import Regex, models, normalizers, pre_tokenizers
    from tokenizers import Tokenizer as Library

    is_words = form.tokens == "words"
    unknown = _SPECIAL[UNKNOWN]
    # Of the library's ways to subwords only this one, without marks of its own, gives the same each time.
    subwords = models.BPE(unk_token=unknown, fuse_unk=True)
    library = Library(models.WordLevel(unk_token=unknown) if is_words else subwords)
    # A final sigma is the same letter; whoever lowers letter by letter does not know that a word ends.
    library.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Lowercase(), normalizers.Replace("ς", "σ")]
    )
    pattern = _WORD if is_words else rf"{_SPACE}?(?:{_WORD}|[^\s{_SPACE}])"
    split = pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)
    spaced = pre_tokenizers.Metaspace(_SPACE, prepend_scheme="always", split=False)
    library.pre_tokenizer = split if is_words else pre_tokenizers.Sequence([spaced, split])
    library.enable_truncation(form.length)
    library.enable_padding(length=form.length, pad_id=PADDING, pad_token=_SPECIAL[PADDING])
    return library
