"""The page of what was measured of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.texts.sides import SIDES
from benchmarks.texts.speed import SIDE as SPEED
from benchmarks.texts.speed import speed_section
from benchmarks.texts.tokens import SIDE as TOKENS

__all__ = ["render"]

_INTRO = """\
# Texts

10,000 sentences, six of ten for training, two for validation and two for the test split. `documentation`: sentences of
the documentation in eight installed packages, without their names; whose are they? `made`: the sentences of
`dataset: sentences`, whose classes are pairs of words of which a `not` turns one.

Written by `python -m benchmarks texts`; each line says when. Load is the machine's when the side began: where it is
high, other work ran beside, all at idle priority, so times say something of each other only, in one run.

## Accuracy on the test split

`linear` is scikit-learn: TF-IDF of words and pairs of words with logistic regression, whose C validation chose, fitted
on training and validation texts. The families have their recommended configs, untuned, trained again on both.
"""

_SPEED = """
## Trials an hour

The same configs of `text_cnn`, texts, epochs, batch sizes (32) and seeds on both sides, without early stopping. Of
`documentation` 5 epochs in 4 structures of 32 or 64 filters, of `made` the space and epochs of
`search_spaces/text_cnn.yaml`, of words alone. Sides run in turn, in processes of their own, with empty caches; start-up
is from the start of a process to its first trial. KerasTuner is given the numbers of the tokens; cnnsearch makes them,
and writes its report. By `python -m benchmarks texts --speed`.

"""

_TOKENS = """
## Tokens

Learning a vocabulary of 10,000 tokens from six of ten texts, and the numbers of the first 100 tokens of eight of ten:
seconds of the processor, in one process, and of the clock in brackets. A search does it once for each kind, size and
length of its space: `without` a cache each time, `first` where it is kept (of all texts), `second` where an earlier
search has left it. By `python -m benchmarks texts --tokens`.

| sentences | tokens | texts | without | first | second | load | date |
|---|---|---|---|---|---|---|---|
"""


def render(lines: Sequence[Mapping[str, Any]]) -> str:
    """Of a side and set that was measured several times the last."""
    last = {(line["set"], line["side"]): line for line in lines if line["side"] in SIDES}
    rows = ["| sentences | side | accuracy | seconds | load | date |", "|---|---|---|---|---|---|"]
    for (name, side), line in last.items():
        called = "TF-IDF, logistic regression" if side == "linear" else f"`{side}`"
        cells = (name, called, f"{line['test']:.4f}", f"{line['seconds']:.0f}")
        rows.append(f"| {' | '.join(map(str, (*cells, line['load'], line['date'])))} |")
    speed = speed_section([line for line in lines if line["side"] == SPEED])
    tokens = {(line["set"], line["tokens"]): line for line in lines if line["side"] == TOKENS}
    return "\n".join([_INTRO, *rows, _SPEED + speed, _TOKENS + "\n".join(map(_of_tokens, tokens.values())), ""])


def _of_tokens(line: Mapping[str, Any]) -> str:
    spent = (f"{line[name]['cpu']:.2f} ({line[name]['seconds']:.2f})" for name in ("without", "first", "second"))
    told = (line["set"], line["tokens"], f"{line['texts']:,}", *spent, str(line["load"]), line["date"])
    return f"| {' | '.join(told)} |"
