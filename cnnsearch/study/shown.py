"""How Python and notebooks show a study: in one line, and as a small table."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from cnnsearch.escaping import printable
from cnnsearch.numbers import setting

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["line_of", "table_in_html"]


def line_of(study: Study) -> str:
    """Its name, trials and headline."""
    ended = ", ".join(f"{count} {state.lower()}" for state, count in study.counts.items() if count)
    metric, so_far = study.experiment.objective.metric, study.so_far
    top = f"; {study.headline.text}" if study.headline else ""
    top = f"; best {metric} so far {so_far.said} (trial {so_far.trial}, not ended)" if so_far else top
    return printable(f"<Study {study.name!r}: {ended or 'no trials'}{top}; {study.source}>")


def table_in_html(study: Study) -> str:
    """A row each for where it is, its trials, headline and best config."""
    best, number, so_far = study.best, study.headline, study.so_far
    none = f"none has ended; so far {so_far.said} (trial {so_far.trial})" if so_far else "none"
    rows = {
        "study": study.source,
        "trials": ", ".join(f"{count} {state.lower()}" for state, count in study.counts.items() if count),
        **(
            {
                number.name: f"{number.said} (trial {number.trial})",
                **{other.name: other.text for other in number.others},
            }
            if number
            else {f"best {study.experiment.objective.metric}": none}
        ),
        "best config": ", ".join(f"{name}={setting(value)}" for name, value in best.config.items()) if best else "none",
    }
    cells = "".join(
        f"<tr><th>{html.escape(key)}</th><td>{html.escape(printable(text))}</td></tr>" for key, text in rows.items()
    )
    return f"<table>{cells}</table>"
