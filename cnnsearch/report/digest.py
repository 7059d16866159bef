"""The verdict in Markdown, short enough to be pasted into a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnsearch.escaping import markdown_code, markdown_text
from cnnsearch.report.numbers import ABSENT, count, duration, milliseconds, setting, size
from cnnsearch.report.statistics.summary import summary_info
from cnnsearch.report.views.comparison.info import comparison_info
from cnnsearch.report.views.verdict.info import verdict_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["digest"]


def digest(studies: Sequence[Study]) -> str:
    """The summary of one study, or of several below a table that compares them."""
    parts = [_study(study, "##" if len(studies) == 1 else "###") for study in studies]
    return "\n".join([*([_comparison(studies)] if len(studies) > 1 else []), *parts])


def _comparison(studies: Sequence[Study]) -> str:
    info = comparison_info(studies)
    head = ["study", "objective", "value", "what it is", "trials", "parameters", "size", "latency", "sweep"]
    rows = []
    for row in info.studies:
        best = row.best
        cost: Mapping[str, float] = best.cost if best else {}
        rows.append(
            [
                markdown_text(row.name),
                markdown_text(row.metric),
                row.headline.headline.said if row.headline else ABSENT,
                markdown_text(row.headline.headline.name) if row.headline else ABSENT,
                count(sum(row.counts.values())),
                count(cost.get("parameters")),
                size(cost.get("model_bytes")),
                milliseconds(row.latency_seconds),
                duration(row.sweep_seconds),
            ]
        )
    doubts = "".join(f"- **{markdown_text(doubt)}**\n" for doubt in info.doubts)
    return f"## {len(studies)} studies compared\n\n{_table(head, rows)}\n{doubts}"


def _study(study: Study, level: str) -> str:
    verdict, summary = verdict_info(study), summary_info(study)
    lines = [f"{level} {markdown_text(study.name)}", ""]
    if verdict.headline is not None:
        one = verdict.headline.headline
        numbers = [f"**{one.said}** {markdown_text(one.name + verdict.headline.interval)}, trial {one.trial}"]
        for number in one.others:
            text = f"**{number.text}**" if number == one.tested else number.text
            numbers.append(f"{markdown_text(number.name)} {text}")
        lines += ["; ".join(numbers) + ".", ""]
    lines += [f"- {answer.about}: {markdown_text(answer.text)}" for answer in verdict.answers]
    lines += [""]
    bold = {"note": ""}
    lines += [
        f"- {bold.get(one.kind, '**')}{markdown_text(one.text)}{bold.get(one.kind, '**')}" for one in verdict.cautions
    ]
    lines += [""] if verdict.cautions else []
    best = summary.best
    if best is not None:
        chosen = [row for row in summary.settings if row.origin == "searched"]
        if chosen:
            lines.append(
                _table(
                    ["parameter", "value"],
                    [[markdown_text(row.name), markdown_code(setting(row.value))] for row in chosen],
                )
            )
        costs = [
            ("parameters", count(best.cost.get("parameters"))),
            ("model", size(best.cost.get("model_bytes"))),
            ("latency", milliseconds(summary.latency_seconds)),
        ]
        known = ", ".join(f"{what} {text}" for what, text in costs if text != ABSENT)
        lines += [f"The model: {known}.", ""] if known else []
    ended = ", ".join(f"{number:,} {state.lower()}" for state, number in study.counts.items() if number)
    fingerprint = study.environment.get("dataset", {}).get("fingerprint")
    data = f"; data {markdown_code(str(fingerprint))}" if fingerprint else ""
    lines.append(f"{ended or 'no trials'}; sweep {duration(study.seconds)}; seed {study.experiment.seed}{data}.")
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)) + "\n"
