"""A study as commands print it with ``--json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.study.endings import better_stopped
from cnnsearch.study.front_words import front_as_json
from cnnsearch.study.guidance import guidance_in_words
from cnnsearch.study.record.lines import to_json
from cnnsearch.study.reporter import REPORT, reporter
from cnnsearch.study.winner.best_model import find_best

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["summary_of"]


def summary_of(study: Study, every_trial: bool = False, brief: bool = False) -> dict[str, Any]:
    """Of JSON types only; arguments as of :meth:`~cnnsearch.study.study.Study.summary`."""
    best, held = study.best, None if brief else find_best(study)
    number = study.headline if brief else reporter().headline(study)
    written = Path(study.report_path).is_file() if study.is_packed else study.store.exists(REPORT)
    return {
        "study": study.source,
        "report": study.report_path if written else None,
        "trials": study.counts,
        **({"refused": study.refused} if study.refused else {}),
        **({"front": front_as_json(study)} if study.front else {}),
        "headline": number and number.to_dict(),
        **({"outer_folds": [fold.to_dict() for fold in study.outer_folds]} if study.experiment.outer_searches else {}),
        **({"every_trial": [to_json(record) for record in study.records]} if every_trial else {}),
        "best": best
        and {
            "trial": best.trial,
            "state": best.state,
            **({"run": best.run} if best.run is not None else {}),
            **({"reason": best.reason} if best.reason is not None else {}),
            **({"refit": to_json(best.refit)} if best.refit is not None else {}),
            "config": dict(best.config),
            "metrics": dict(best.metrics),
            "cost": dict(best.cost),
        },
        **({"better_stopped": [line.trial for line in stopped]} if (stopped := better_stopped(study)) else {}),
        **({"so_far": study.so_far.to_dict()} if study.so_far else {}),
        **({} if brief else {"best_model": held and held.to_dict()}),
        **({"finalists": study.finals.summary()} if study.finals else {}),
        "test_reads": len(study.test_reads),
        **({"asked": study.asked} if not brief and study.requests else {}),
        **({} if brief else {"ended_by": study.ended_by}),
        **({"guidance": guidance} if not brief and (guidance := guidance_in_words(study)) else {}),
        "seconds": round(study.seconds, 3),
        "startup": study.startup,
    }
