"""What making tokens of texts takes: without a cache, when it is written, and when it holds them."""

from __future__ import annotations

import datetime
import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.texts.sentences import documentation
from cnnsearch.cache.cache import Cache, cached_in
from cnnsearch.cache.rows import in_memory
from cnnsearch.data.sources.sentences import made_sentences
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts

__all__ = ["SIDE", "measured_tokens"]

SIDE = "tokens"
"""By which its lines are told from those of the sides."""

_VOCABULARY, _LENGTH = 10_000, 100


def measured_tokens() -> Iterator[dict[str, Any]]:
    """A line of the record for each set and kind of tokens."""
    sets = {
        "made, 10,000": made_sentences(10_000)[0],
        "made, 100,000": made_sentences(100_000)[0],
        "documentation, all": tuple(documentation(10**6)[0]),
    }
    for name, texts in sets.items():
        for kind in ("words", "subwords"):
            told = {"set": name, "side": SIDE, "tokens": kind, "texts": len(texts)}
            load = {"load": round(os.getloadavg()[0], 1), "date": datetime.date.today().isoformat()}
            yield {**told, **load, **_measured(texts, TextForm(kind, _VOCABULARY, _LENGTH))}


def _measured(texts: tuple[str, ...], form: TextForm) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder), 2**34)
        found = {name: _apart(texts, form, of) for name, of in (("without", None), ("first", cache), ("second", cache))}
    if len({content for *_, content in found.values()}) > 1:
        raise SystemExit(f"tokens with and without a cache differ: {form}")
    return {name: {"seconds": wall, "cpu": cpu} for name, (wall, cpu, _) in found.items()}


def _apart(*given: Any) -> tuple[float, float, str]:
    """In a process that has trained no tokenizer yet."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_once, given)


def _once(texts: tuple[str, ...], form: TextForm, cache: Cache | None) -> tuple[float, float, str]:
    """As the stage of a search does it: seconds, those of the processor, and the sha256 of the tokens."""
    with cached_in(cache):
        everything = Texts(texts, tuple(map(str, range(len(texts)))))
    train, validation = np.split(np.arange(len(texts) * 8 // 10), [len(texts) * 6 // 10])
    wall, cpu = time.perf_counter(), time.process_time()
    learnt = everything.learnt(train)
    learnt.tokenizer(form)
    parts = [learnt.at_rest(rows, form) for rows in (train, validation)]
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return *spent, hashlib.sha256(b"".join(in_memory(part).tobytes() for part in parts)).hexdigest()
