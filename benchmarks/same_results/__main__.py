"""``python -m benchmarks.same_results COMMIT [RUN ...]``: whether the results are those of an earlier commit.

Runs the same short sweeps with the code of COMMIT and with this one, and compares what they recorded: proposals, the
metrics of every epoch, ends, finalists and readings of the test split, bit for bit but for times and what names a
machine.
The exit code is 1 where anything differs. Takes about five minutes on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.results import as_table
from benchmarks.same_results.differences import Differences, compare
from benchmarks.same_results.lines import ORDER, Lines, read_record
from benchmarks.same_results.runs import RUNS, carry_out, needed
from benchmarks.same_results.sides import Side, checked_out, commit_of

_SHOWN = 10
"""Differences of a run that are shown; all are counted."""

Record = dict[str, Lines]


def main() -> None:
    parser = _parser()
    given = parser.parse_args()
    unknown = [name for name in given.runs if name not in RUNS]
    if unknown:
        parser.error(f"unknown runs: {', '.join(unknown)}; there are: {', '.join(RUNS)}")
    code = given.code.resolve()
    try:
        commit = commit_of(code, given.commit)
    except ValueError as problem:
        parser.error(str(problem))
    with _folder(given.kept) as kept, checked_out(code, commit) as earlier, tempfile.TemporaryDirectory() as own:
        before = Side(commit[:9], earlier, kept / commit)
        before.folder.mkdir(parents=True, exist_ok=True)
        names = needed(given.runs or list(RUNS))
        records = _carried_out([before, Side("now", code, Path(own).resolve())], names, earlier)
    sys.exit(_report(commit[:9], names, *records))


def _carried_out(sides: list[Side], names: list[str], files: Path) -> list[dict[str, Record]]:
    """Of each side: name of a run -> what it recorded. Both sides run at once, each on one worker."""

    def one(side: Side) -> dict[str, Record]:
        side.check()
        found = {}
        for name in names:
            try:
                found[name] = read_record(carry_out(side, name, files, _tell))
            except (RuntimeError, TimeoutError) as problem:  # the others are compared all the same
                _tell(f"{problem}")
        return found

    with ThreadPoolExecutor(len(sides)) as threads:
        return list(threads.map(one, sides))


def _report(commit: str, names: list[str], before: dict[str, Record], now: dict[str, Record]) -> int:
    """Print the table and what differs; returns the exit code."""
    rows, added = [], set()
    told = [f"{name}: did not run, nothing is known" for name in names if name not in before or name not in now]
    for title, run, expected, without in _comparisons(commit, before, now):
        found: Differences = compare(expected, run, without)
        counts = [len(run[file]) for file in ("trials", "curves", "finalists")]
        rows.append([title, *map(str, counts), str(len(found.differ))])
        told += [f"{title}: {difference}" for difference in found.differ[:_SHOWN]]
        told += [f"{title}: {len(found.differ) - _SHOWN} more"] if len(found.differ) > _SHOWN else []
        added |= found.added
    print(as_table(("run", "trials", "epochs compared", "runs of finalists", "differences"), rows))
    if added:
        print(f"Keys that only one of the two writes, not compared: {', '.join(sorted(added))}")
    print("\n".join(told))
    return 1 if told else 0


def _comparisons(
    commit: str, before: dict[str, Record], now: dict[str, Record]
) -> Iterator[tuple[str, Record, Record, frozenset[str]]]:
    """What is compared with what: title, a run, what is expected of it, and keys that are left out."""
    for name in (name for name in now if name in before):
        if not RUNS[name].killed:
            yield name, now[name], before[name], frozenset()
        else:
            yield f"{name} after a kill", now[name], before[name], ORDER
            for side, records in (("now", now), (commit, before)):
                if RUNS[name].needs in records:
                    yield (
                        f"{name} after a kill, as without one ({side})",
                        records[name],
                        records[RUNS[name].needs],
                        ORDER,
                    )


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="cnnsearch-same-") as folder:
        yield Path(folder).resolve()


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    description = (__doc__ or "").split("\n", 1)[1]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_results", description=description)
    parser.add_argument("commit", metavar="COMMIT", help="what this code's results must be equal to")
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"of: {', '.join(RUNS)}; left out: all")
    parser.add_argument("--kept", type=Path, help="folder of the studies of COMMIT: made where they are not there yet")
    parser.add_argument("--code", type=Path, default=Path(), help="checkout to compare; left out: this folder")
    return parser


if __name__ == "__main__":
    main()
