"""The views of the page, one module each, in the order of the page.

A view joins by its module and its place in a table: :data:`VIEWS` of one study, or :data:`COMPARISONS` of several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.report.views.backbones import view as backbones
from cnnsearch.report.views.code import view as code
from cnnsearch.report.views.comparison import view as comparison
from cnnsearch.report.views.curves import view as curves
from cnnsearch.report.views.differences import view as differences
from cnnsearch.report.views.distribution import view as distribution
from cnnsearch.report.views.failures import view as failures
from cnnsearch.report.views.finalists import view as finalists
from cnnsearch.report.views.gap import view as gap
from cnnsearch.report.views.history import view as history
from cnnsearch.report.views.importance import view as importance
from cnnsearch.report.views.matched import view as matched
from cnnsearch.report.views.overall_importance import view as overall_importance
from cnnsearch.report.views.pairs import view as pairs
from cnnsearch.report.views.parallel import view as parallel
from cnnsearch.report.views.pareto import view as pareto
from cnnsearch.report.views.path import view as path
from cnnsearch.report.views.provenance import view as provenance
from cnnsearch.report.views.rungs import view as rungs
from cnnsearch.report.views.setups import view as setups
from cnnsearch.report.views.slices import view as slices
from cnnsearch.report.views.stages import view as stages
from cnnsearch.report.views.summary import view as summary
from cnnsearch.report.views.target import view as target
from cnnsearch.report.views.timeline import view as timeline
from cnnsearch.report.views.trials import view as trials
from cnnsearch.report.views.verdict import view as verdict
from cnnsearch.tasks.classification.views.calibration import view as calibration
from cnnsearch.tasks.classification.views.classes import view as classes
from cnnsearch.tasks.classification.views.confusion import view as confusion
from cnnsearch.tasks.classification.views.mistakes import view as mistakes
from cnnsearch.tasks.classification.views.paired import view as paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsearch.report.view import View
    from cnnsearch.study import Study

__all__ = ["COMPARISONS", "VIEWS"]

VIEWS: tuple[View[Study, Any], ...] = (
    verdict.VIEW,
    finalists.VIEW,
    summary.VIEW,
    history.VIEW,
    curves.VIEW,
    rungs.VIEW,
    gap.VIEW,
    pareto.VIEW,
    parallel.VIEW,
    importance.VIEW,
    overall_importance.VIEW,
    slices.VIEW,
    pairs.VIEW,
    path.VIEW,
    differences.VIEW,
    confusion.VIEW,
    classes.VIEW,
    paired.VIEW,
    calibration.VIEW,
    mistakes.VIEW,
    code.VIEW,
    backbones.VIEW,
    trials.VIEW,
    failures.VIEW,
    timeline.VIEW,
    stages.VIEW,
    provenance.VIEW,
)

COMPARISONS: tuple[View[Sequence[Study], Any], ...] = (
    comparison.VIEW,
    distribution.VIEW,
    target.VIEW,
    setups.VIEW,
    matched.VIEW,
)
