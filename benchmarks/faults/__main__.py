"""``python -m benchmarks.faults [SCENARIO ...]``: what faults do to sweeps; all scenarios where none is named.

Takes about two hours on two cores; each scenario can be run alone, and with fewer faults.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.faults.scenarios import SCENARIOS
from benchmarks.results import Measured, as_table

PAGE = "FAULTS.md"

_HEAD = """# Faults

Made by `python -m benchmarks.faults`; each scenario can be run again alone. Sweeps of small CNNs on two workers, a
checkpoint every half second of work at most.

- *Ended trials lost*: in the record before a fault and not, or otherwise, after it. *Run twice*: with two ends.
- *Results differ*: trials whose configs, curves or metrics are not, bit for bit, those of a sweep without faults.
- *Wrong models*: sweeps at whose end `best/` is not, bit for bit, that of a sweep without faults, the reading of the
  test split is another, or checkpoints are left over.
- *Hangs*: processes that did not end. *Unclean ends*: by a traceback, or by an exit code that is not documented. Both
  of the signals are of one Ctrl-C in the last moments, which ended the process itself (a shell tells 130).
- *Work lost*: of each trial in flight, seconds since its last checkpoint, or since a worker was to take it where it had
  none: the start of that worker is in it.
- *Pause*: from the fault until a result was recorded again, new processes and their imports included.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of: {', '.join(SCENARIOS)}")
    parser.add_argument("--faults", type=int, help="how many; left out, each scenario's own number")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page and of measured/")
    given = parser.parse_args()
    unknown = [name for name in given.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"unknown scenarios: {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
    for name in given.scenarios or list(SCENARIOS):
        scenario, usual = SCENARIOS[name]
        faults = given.faults or usual
        with tempfile.TemporaryDirectory(prefix="cnnsearch-faults-") as folder:
            began = time.time()
            try:
                tally = scenario(Path(folder), faults, given.seed)
            except Exception:
                log = Path(folder, "log")
                print(log.read_text(encoding="utf-8")[-4000:] if log.exists() else "no log")
                raise
        figures = dataclasses.replace(tally, seconds=round(time.time() - began, 1)).to_dict()
        command = f"python -m benchmarks.faults {name} --faults {faults} --seed {given.seed}"
        Measured.now(f"faults-{name}", command, False, figures).write(given.output / "measured")
        print(write_page(given.output))


def write_page(output: Path) -> str:
    """Write the page from every scenario that has been measured; returns its table."""
    paths = {name: output / "measured" / f"faults-{name}.json" for name in SCENARIOS}
    measured = [Measured.read(path) for path in paths.values() if path.is_file()]
    table = as_table(_COLUMNS, [_row(each.figures) for each in measured])
    told = [f"- {each.figures['fault']}: {each.figures['told']}" for each in measured if each.figures["told"]]
    sources = [f"- {each.provenance()}" for each in measured]
    parts = [_HEAD, table, "What was told:\n\n" + "\n".join(told), "Measured:\n\n" + "\n".join(sources)]
    (output / PAGE).write_text("\n".join(f"{part}\n" for part in parts), encoding="utf-8")
    return table


_COLUMNS = (
    *("fault", "faults", "ended trials lost", "run twice", "sweeps completed", "results differ"),
    *("wrong models", "hangs", "unclean ends"),
    *("work lost, median (most)", "pause, median (most)", "took"),
)


def _row(figures: dict[str, Any]) -> list[str]:
    return [
        figures["fault"],
        str(figures["faults"]),
        str(figures["ended_lost"]),
        str(figures["run_twice"]),
        f"{figures['completed']} of {figures['sweeps']}",
        _count(figures["results_differ"]),
        _count(figures.get("wrong_models")),
        str(figures.get("hangs", 0)),
        _count(figures.get("unclean")),
        _seconds(figures["work_lost"]),
        _seconds(figures["pauses"]),
        f"{figures['seconds'] / 60:.1f} min",
    ]


def _count(found: int | None) -> str:
    return "-" if found is None else str(found)


def _seconds(found: list[float]) -> str:
    return f"{statistics.median(found):.1f} s ({max(found):.1f} s)" if found else "-"


if __name__ == "__main__":
    main()
