"""The section of the page on priors and earlier studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.results import as_table
from benchmarks.search.figures import group, paired
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

How wide draws are, and when a prior is dropped, was tried on seven data sets that were not held out (two seeds, 40
full trainings one after the other, `bohb` as it was before it took steps from the best): draws of 0.15 of a range
around what was learnt brought nothing, of 0.05 they did. The dearest prior there was one of middling quality,
better than 70 of 100 random configs: it beats most of the others and so is trusted, yet leads away from the best
(regret 0.16 at the end; 0.09 without it, 0.10 with the worst one). Since then a prior is dropped earlier, at 55 %
of the others beaten in place of 50.
"""


def priors_section(ended: Sequence[Ended], tasks: tuple[str, ...]) -> str:
    """In Markdown.

    Args:
        ended: the searches.
        tasks: all data sets.
    """
    apart = held_out(tasks)
    samplers = dict.fromkeys(sampler for sampler, _ in CONTESTANTS.values())
    return "\n".join([_TEXT, *(line for sampler in samplers for line in _figures(ended, sampler, apart))])


def _figures(ended: Sequence[Ended], sampler: str, apart: Sequence[str]) -> Iterator[str]:
    """On the data sets on which every contestant of a sampler ran."""
    names = [name for name, (searching, _) in CONTESTANTS.items() if searching == sampler]
    ran = {name: {one.task for one in ended if one.contestant == name} for name in names}
    tasks = [task for task in apart if all(task in ran[name] for name in names)]
    if len(tasks) < _LEAST:
        few = f"each ran on {len(tasks)} of these data sets, and {_LEAST} are needed"
        yield f"Sampler {sampler}: not measured, as {few}."
        yield ""
        return
    found = group([one for one in ended if one.contestant in names], names[0], WORKERS, tasks)
    searches = len(found.runs[names[0]])
    yield f"Sampler {sampler}, {len(tasks)} data sets, {searches} searches of each. Mean normalised regret:"
    yield ""
    heads = ("contestant", *(f"{share:.0%} of the time" for share in _SHARES), "CPU s a search")
    rows = []
    for name in names:
        regrets = [f"{found.by_task(name, share).mean():.3f}" for share in _SHARES]
        rows.append((name, *regrets, f"{np.mean([one.seconds for one in found.runs[name].values()]):.1f}"))
    yield as_table(heads, rows)
    yield ""
    for name in names[1:]:
        early = (found.by_task(name, 0.2) - found.by_task(names[0], 0.2)).mean()
        difference, p = paired(found, name, names[0])
        yield (
            f"- {name} against {names[0]}: regret {early:+.3f} after 20% of the time, {difference:+.3f} at the end "
            f"(Wilcoxon p {p:.2g})."
        )
    yield ""
