"""The section of the page on priors and earlier studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.results import as_table
from benchmarks.search.figures import Group, group, paired
from benchmarks.search.measuring import Ended, held_out
from benchmarks.search.priors import CONTESTANTS, TRAININGS, WORKERS

__all__ = ["priors_section"]

_SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
_LEAST = 3
"""Data sets, for a test to say anything."""

_TEXT = f"""## Priors and earlier studies, {WORKERS} workers, data sets held out

A good prior is the best of 100 random configs of the data set itself, a bad one the worst, as a `prior` of medium
sureness on each of the 7 parameters. `learns from 3` has `learn_from` with the searches of three data sets that were
not held out; `misled by 3` the same with searches that looked for the worst configs, so that what is learnt is wrong.
All with ASHA, and with {TRAININGS:g} full trainings: a prior matters most while little is known.
"""


def priors_section(ended: Sequence[Ended], tasks: tuple[str, ...]) -> str:
    """In Markdown.

    Args:
        ended: the searches.
        tasks: all data sets.
    """
    found = group(ended, list(CONTESTANTS), WORKERS, held_out(tasks))
    return "\n".join([_TEXT, *_figures(found)])


def _figures(found: Group) -> Iterator[str]:
    if len(found.tasks) < _LEAST:
        yield f"Not measured: each contestant ran on {len(found.tasks)} of these data sets, and {_LEAST} are needed."
        yield ""
        return
    yield f"{len(found.tasks)} data sets, {len(found.cells)} searches of each contestant. Mean normalised regret:"
    yield ""
    heads = ("contestant", *(f"{share:.0%} of the time" for share in _SHARES), "CPU s a search")
    rows = [
        (
            name,
            *(f"{found.by_task(name, share).mean():.3f}" for share in _SHARES),
            f"{np.mean([one.seconds for one in found.runs[name]]):.1f}",
        )
        for name in found.names
    ]
    yield as_table(heads, rows)
    yield ""
    for name in found.names:
        baseline = f"{CONTESTANTS[name][0]}, no prior"
        if name != baseline:
            difference, p = paired(found, name, baseline)
            early = found.by_task(name, 0.2) - found.by_task(baseline, 0.2)
            yield (
                f"- {name} against {baseline}: regret {early.mean():+.3f} after 20% of the time, {difference:+.3f} at "
                f"the end (Wilcoxon p {p:.2g})."
            )
    yield ""
