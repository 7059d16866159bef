"""The page of what was measured of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.texts.tokens import SIDE

__all__ = ["render"]

_INTRO = """\
# Texts

10,000 sentences, six of ten for training, two for validation and two for the test split. `documentation`: sentences of
the documentation in eight installed packages, without their names; whose are they? `made`: the sentences of
`dataset: sentences`, whose classes are pairs of words of which a `not` turns one.

Written by `python -m benchmarks texts`; each line says when. Load is the machine's when the side began: other work ran
beside these, all at idle priority, so times say something of each other only, in one run.

## Accuracy on the test split

`linear` is scikit-learn: TF-IDF of words and pairs of words with logistic regression, whose C validation chose, fitted
on training and validation texts. The families have their recommended configs, untuned, trained again on both.
"""

_SPEED = """
## Trials an hour

20 random trials of five epochs of one space, in 4 structures, on the training and validation texts; KerasTuner's
networks are those of its guide, of the same numbers of tokens. Wall time, with all that starts before the first trial.
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

_NAMES = {"linear": "TF-IDF, logistic regression", "ours": "cnnsearch", "keras_tuner": "KerasTuner"}


def render(lines: Sequence[Mapping[str, Any]]) -> str:
    """Of a side and set that was measured several times the last."""
    last = {(line["set"], line["side"]): line for line in lines if line["side"] != SIDE}
    rows = ["| sentences | side | accuracy | seconds | load | date |", "|---|---|---|---|---|---|"]
    for (name, side), line in last.items():
        if side not in ("ours", "keras_tuner"):
            cells = (name, _NAMES.get(side, f"`{side}`"), f"{line['test']:.4f}", f"{line['seconds']:.0f}")
            rows.append(f"| {' | '.join(map(str, (*cells, line['load'], line['date'])))} |")
    tokens = {(line["set"], line["tokens"]): line for line in lines if line["side"] == SIDE}
    return "\n".join([_INTRO, *rows, _SPEED, *_speed(last), _TOKENS + "\n".join(map(_of_tokens, tokens.values())), ""])


def _of_tokens(line: Mapping[str, Any]) -> str:
    spent = (f"{line[name]['cpu']:.2f} ({line[name]['seconds']:.2f})" for name in ("without", "first", "second"))
    told = (line["set"], line["tokens"], f"{line['texts']:,}", *spent, str(line["load"]), line["date"])
    return f"| {' | '.join(told)} |"


def _speed(last: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[str]:
    rows = [
        "| sentences | search | trials an hour | seconds | best validation accuracy | load | date |",
        "|---|---|---|---|---|---|---|",
    ]
    rates: dict[str, dict[str, float]] = {}
    for (name, side), line in last.items():
        if side in ("ours", "keras_tuner"):
            rate = 3600 * line["trials"] / line["seconds"]
            rates.setdefault(name, {})[side] = rate
            cells = (name, _NAMES[side], f"{rate:,.0f}", f"{line['seconds']:.0f}", f"{line['validation']:.4f}")
            rows.append(f"| {' | '.join(map(str, (*cells, line['load'], line['date'])))} |")
    ratios = [
        f"On `{name}` that is {both['ours'] / both['keras_tuner']:.1f} times as many."
        for name, both in rates.items()
        if len(both) == 2
    ]
    return [*rows, "", *ratios] if rates else ["Not measured."]
