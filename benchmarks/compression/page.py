"""The page of what was measured of compression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.compression.sets import SETS, CompressedSet
from benchmarks.results import as_table

__all__ = ["render"]

Line = Mapping[str, Any]

_LOAD = 0.5
"""Of the machine before a command, from which on its latencies are said to be of one that had other work."""


def render(lines: Sequence[Line], intro: str, earlier: str) -> str:
    """The page.

    Args:
        lines: of a model that was measured several times the last counts.
        intro: how it was measured, what was expected and what was found, in words.
        earlier: what was measured by hand before there was this command.
    """
    parts = [intro]
    for each in SETS:
        mine = [line for line in lines if line["set"] == each.name]
        if mine:
            parts += _section(each, mine)
    return "\n".join([*parts, earlier])


def _section(each: CompressedSet, lines: Sequence[Line]) -> Iterator[str]:
    yield f"## {each.title}\n"
    for group in dict.fromkeys(line["group"] for line in lines):
        rows = list({line["name"]: line for line in lines if line["group"] == group}.values())
        yield f"{_circumstances(rows[0])}\n"
        yield _table(rows)
        yield _runtimes(rows)
        for failed in rows[0].get("failed", ()):
            yield f"{failed.removeprefix('error: ')}\n"
        for line in rows:
            if line.get("loss_to_alone"):
                yield _of_teaching(line)
            for runtime, why in line["untimed"].items():
                yield f"Not timed in {runtime}: {line['name']}, as {why}.\n"


def _of_teaching(line: Line) -> str:
    lost = line["loss_to_alone"]
    interval = f"{-lost['high']:z.1f} to {-lost['low']:z.1f}"
    return (
        f"Taught, {line['name']} gains {-lost['value']:z.1f} points ({interval}) over the same trained alone, "
        f"{lost['trainings']} trainings of each; p {lost['p_value']:.2f}.\n"
    )


def _circumstances(line: Line) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in line["versions"].items())
    busy = " beside other work: compare the latencies of a column, if any" if line["load"] >= _LOAD else ""
    return (
        f"`{line['command']}`, {line['date'].replace('+00:00', ' UTC')}, {line['seconds']:.0f} s, "
        f"{line['pictures']:,} validation pictures; {line['machine']}, load {line['load']:.1f} when it began{busy}; "
        f"{versions}."
    )


def _table(rows: Sequence[Line]) -> str:
    head = [
        "model",
        "accuracy",
        "loss",
        "p",
        "agrees",
        "calibration error",
        "filters gone",
        "weights 0",
        "parameters",
        "MACs",
    ]
    head += ["bytes", "gzipped", "of float", "memory of the model", "ms, 1 thread (95%)", "faster", "ms, all threads"]
    return as_table(head, [_cells(line) for line in rows])


def _cells(line: Line) -> list[str]:
    accuracy, loss, times = line["metrics"].get("accuracy", {}).get("value"), line["loss"], line["latency_ms"]
    one, every = times.get("1"), times[max(times, key=int)] if times else None
    in_litert = [each for each in line["runtimes"] if each["runtime"] == "LiteRT"]
    memory = next((each["memory_bytes"] for each in in_litert or line["runtimes"]), None)
    return [
        line["name"],
        _shown(accuracy, ".4f"),
        "" if loss is None else f"{loss['value']:z.1f} ({loss['low']:z.1f} to {loss['high']:z.1f})",
        "" if loss is None else f"{loss['p_value']:.2f}" if loss["p_value"] >= 0.01 else "<0.01",
        _shown(line["agreement"], ".1%"),
        _shown(line["calibration_error"], ".3f"),
        _shown(line["filters_gone"], ".1%"),
        _shown(line.get("weights_gone"), ".1%"),
        _shown(line["parameters"], ",.0f"),
        _shown(line["macs"], ",.0f"),
        _shown(line["bytes"], ",.0f"),
        _shown(line["gzipped"], ",.0f"),
        _shown(1 / line["smaller"], ".3f"),
        "" if memory is None else f"{memory['model'] / 1e6:.1f} MB",
        "" if one is None else f"{one['median']:.3g} ({one['p95']:.3g})",
        _shown(line["faster"], ".1f"),
        "" if every is None else f"{every['median']:.3g}",
    ]


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _runtimes(rows: Sequence[Line]) -> str:
    """Of the models that were run elsewhere than in LiteRT."""
    several = [line for line in rows if len(line["runtimes"]) > 1]
    if not several:
        return ""
    cells = [
        [
            line["name"],
            each["runtime"],
            f"{each['bytes']:,.0f}",
            *(f"{time['median']:.3g} ({time['p95']:.3g})" for time in each["latency_ms"].values()),
            "" if each["memory_bytes"] is None else f"{each['memory_bytes']['model'] / 1e6:.1f} MB",
        ]
        for line in several
        for each in line["runtimes"]
    ]
    threads = [f"ms, {count} thread{'s' * (count != '1')} (95%)" for count in several[0]["latency_ms"]]
    return as_table(["model", "runtime", "bytes", *threads, "memory of the model"], cells)
