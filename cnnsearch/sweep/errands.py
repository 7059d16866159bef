"""What a study that this user has begun, or goes on with, would run, tell and import: it is trusted from now on."""

from __future__ import annotations

from cnnsearch.study import Study
from cnnsearch.study.folder.errands import errands_of
from cnnsearch.study.folder.trust import remember
from cnnsearch.study.store import Store

__all__ = ["remember_errands"]


def remember_errands(store: Store) -> None:
    study = Study.load(store)  # as it was written: a secret may stand there otherwise than in the user's file
    remember(errands_of(study.experiment, study.environment))
