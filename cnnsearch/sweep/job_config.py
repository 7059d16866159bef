"""A job as the dict that Tune takes for a trial's config. It has one key: Tune looks into nothing that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.search.jobs import Job

__all__ = ["as_config", "job_of"]

_JOB = "job"


def as_config(job: Job) -> dict[str, Any]:
    return {_JOB: job}


def job_of(config: Mapping[str, Any]) -> Job:
    job: Job = config[_JOB]
    return job
