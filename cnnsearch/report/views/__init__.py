"""The views of the page, one module each, in the order of the page.

A view joins by its module and its place in a table: :data:`VIEWS` of one study, or :data:`COMPARISONS` of several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnsearch.report.views import (
    backbones,
    calibration,
    classes,
    code,
    comparison,
    confusion,
    curves,
    differences,
    distribution,
    failures,
    finalists,
    gap,
    history,
    importance,
    matched,
    mistakes,
    overall_importance,
    paired,
    pairs,
    parallel,
    pareto,
    path,
    provenance,
    rungs,
    setups,
    slices,
    stages,
    summary,
    target,
    timeline,
    trials,
    verdict,
)

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
