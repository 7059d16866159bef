"""What a team needs to know of a compressed model, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.compression.choosing.spec import Cost
from cnnsearch.study.record.lines import LITERT

if TYPE_CHECKING:
    from cnnsearch.report.views.compressed.info import CompressedRow
    from cnnsearch.report.views.compressed.loss import Loss
    from cnnsearch.study.winner.compression_choice import Chosen

__all__ = ["chosen_in_words", "row_in_words"]

_MORE: dict[Cost, str] = {"bytes": "smaller", "gzipped": "smaller when packed", "latency": "faster"}

_MOST: dict[Cost, str] = {"bytes": "smallest", "gzipped": "smallest when packed", "latency": "fastest"}


def row_in_words(row: CompressedRow) -> str:
    """What it loses and gains."""
    where = "" if row.runtime == LITERT else f" in {row.runtime}"
    speed = "" if row.faster is None else f", {_times(row.faster, 'faster', 'slower', 'as fast')}{where}"
    size = _times(row.smaller, "smaller", "larger", "as large")
    gone = "" if row.filters_gone is None else f"without {row.filters_gone:.1%} of its filters, "
    if row.weights_gone is not None:
        gone = f"{row.weights_gone:.1%} of its weights are 0, "
        size += "" if row.packed is None else f" ({_times(row.packed, 'smaller', 'larger', 'as large')} gzipped)"
    words = f"{row.name}: {gone}{size}{speed}, {_lost(row.loss, row.metric.name)}"
    if row.loss_to_alone is None:
        return words
    return f"{words}; against the same student trained alone it {_lost(row.loss_to_alone, row.metric.name)}"


def chosen_in_words(chosen: Chosen, metric: str) -> str:
    """What a choice comes to."""
    choice = chosen.choice
    limit = f"at most {choice.lose:g} of {metric}"
    if chosen.name is None:
        return f"no choice: none of {chosen.of} models that is {_MORE[choice.then]} than the float model loses {limit}"
    return f"chosen: {chosen.name}, the {_MOST[choice.then]} of {chosen.count} of {chosen.of} models that lose {limit}"


def _times(ratio: float, more: str, less: str, alike: str) -> str:
    if f"{max(ratio, 1 / ratio):.1f}" == "1.0":
        return alike
    return f"{ratio:.1f} times {more}" if ratio >= 1 else f"{1 / ratio:.1f} times {less}"


def _lost(loss: Loss | None, metric: str) -> str:
    if loss is None:
        return "what it loses is not known"
    unit = f" {loss.unit} of {metric}" if loss.unit else f" in {metric}"
    unit += f" over {loss.trainings} trainings" if loss.trainings > 1 else ""
    value, ends = loss.in_digits
    gains = value.startswith("-")
    if gains:
        value, ends = _negated(value), ends and (_negated(ends[1]), _negated(ends[0]))
    what, of = ("gains", "gain") if gains else ("loses", "loss")
    told = "" if loss.is_told else ": not told from none"
    if ends is None:
        return f"{what} {value}{unit}, without an interval, as it is the same on every picture{told}"
    return f"{what} {value}{unit}, 95% interval of the {of} {ends[0]} to {ends[1]}{told}"


def _negated(number: str) -> str:
    """Of a number as it is written; none has no sign."""
    if number.startswith("-"):
        return number.removeprefix("-")
    return f"-{number}" if float(number) else number
