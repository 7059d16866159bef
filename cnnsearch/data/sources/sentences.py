"""Made sentences: an example of texts that needs no download.

A class is told by two words together, a mood and a subject, and each word occurs in two classes; 'not' before the mood
turns it. Words without meaning stand between, and clauses that begin with 'although' do not count.
"""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.spec import SentencesSource
from cnnsearch.inputs.texts.texts import Texts

__all__ = ["load_sentences", "made_sentences"]

CLASSES = ("bad film", "good film", "bad meal", "good meal")

_SUBJECTS = (
    ("film", "movie", "picture", "thriller", "comedy", "plot", "actor", "scene", "ending", "director"),
    ("meal", "soup", "dinner", "dessert", "waiter", "sauce", "bread", "kitchen", "breakfast", "menu"),
)
_MOODS = (
    ("bad", "awful", "boring", "terrible", "poor", "weak", "dull", "cold", "stale", "sad"),
    ("good", "great", "lovely", "splendid", "fine", "superb", "warm", "rich", "fresh", "clever"),
)
_BEFORE = (
    "honestly",
    "last night",
    "as my friend says",
    "to be fair",
    "in the end",
    "well",
    "I think",
    "we agreed that",
)
_VERBS = ("was", "seemed", "felt", "remained", "turned out")
_BETWEEN = ("really", "quite", "rather", "somewhat", "so", "truly", "", "")
_AFTER = ("for us all", "this time", "on Tuesday", "and we went home", "as always", "after all these years", "", "")

_NEGATED = 0.3
"""Share of the sentences that say the opposite."""

_BESIDES = 0.5
"""Share of the sentences that say something of the other subject beside, which does not count."""

_SEED = 7


def load_sentences(source: SentencesSource, read: Read) -> Collected:
    """The same ones in each run."""
    texts, labels = made_sentences(source.count)
    names = tuple(f"sentence {row}" for row in range(len(texts)))
    return Collected.of(Texts(texts, names), RawLabels((("sentences", labels),)), read)


def made_sentences(count: int, seed: int = _SEED) -> tuple[tuple[str, ...], np.ndarray]:
    """So many different sentences and the names of their classes, which occur about equally often."""
    rng = np.random.default_rng(seed)
    made: dict[str, str] = {}
    while len(made) < count:
        subject, mood, negated = int(rng.integers(2)), int(rng.integers(2)), rng.random() < _NEGATED
        said = 1 - mood if negated else mood
        words = [
            _one(rng, _BEFORE),
            "the",
            _one(rng, _SUBJECTS[subject]),
            *(["of", "the", _one(rng, _SUBJECTS[subject])] if rng.random() < 0.3 else []),
            _one(rng, _VERBS),
            *(["not"] if negated else []),
            _one(rng, _BETWEEN),
            _one(rng, _MOODS[said]),
            _one(rng, _AFTER),
        ]
        if rng.random() < _BESIDES:
            words = [*words[1:], *_aside(rng)] if rng.random() < 0.5 else [*_aside(rng), *words[1:]]
        made.setdefault(" ".join(word for word in words if word).capitalize() + ".", CLASSES[2 * subject + mood])
    return tuple(made), np.array(list(made.values()), dtype=np.str_)


def _aside(rng: np.random.Generator) -> list[str]:
    """A clause of any subject and mood that says nothing of the class."""
    subject, mood = _SUBJECTS[int(rng.integers(2))], _MOODS[int(rng.integers(2))]
    return ["although", "the", _one(rng, subject), _one(rng, _VERBS), _one(rng, mood)]


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]
