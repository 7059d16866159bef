"""A job on its way through Tune, which copies, flattens and writes down whatever it is given as a config."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from ray.tune.search.variant_generator import _resolve_nested_dict, generate_variants
from ray.tune.utils.serialization import TuneFunctionEncoder
from ray.tune.utils.util import flatten_dict, merge_dicts

from cnnsearch.experiment import Demand
from cnnsearch.search.jobs import FinalistRun, Job, SplitReading, TrialRun
from cnnsearch.study.winner.best import Bars
from cnnsearch.sweep.job_config import as_config, job_of

SHARED = {"number": 7, "lane": 2, "holds": Demand(2, 0.5)}
CONFIG = {"filters": 8, "env": 1, "grid_search": [1], "image_size": (8, 9), "dense": ()}
"""Names that are Tune's own words."""


@pytest.mark.parametrize(
    "job",
    [
        TrialRun(**SHARED, config=CONFIG, seed=3, bars=Bars((1, 0.5, -3.0)), milestones=(1, 2), attempt=2, known=1),
        FinalistRun(**SHARED, config=CONFIG, seed=3),
        SplitReading(
            **SHARED, config=CONFIG, model="best/model.keras", names=("a", "b"), metrics={"val_threshold": 0.4}
        ),
    ],
    ids=lambda job: type(job).__name__,
)
def test_it_arrives_as_it_was_given(job: Job) -> None:
    config = as_config(job)
    assert job_of(config) is job
    assert list(generate_variants(config)) == [({}, config)], "Tune finds nothing in it to vary"
    assert flatten_dict(config) == config
    assert _resolve_nested_dict(config) == {("job",): job}
    assert json.dumps(config, cls=TuneFunctionEncoder), "Tune writes it down, and nothing ever reads that"
    for arrived in (copy.deepcopy(config), pickle.loads(pickle.dumps(config)), merge_dicts({}, config)):
        assert job_of(arrived) == job
        assert type(job_of(arrived)) is type(job)


def test_where_the_worker_leaves_what_it_gives() -> None:
    assert TrialRun(**SHARED, config={}, seed=3, attempt=2).folder == "checkpoints/7/2"
    assert FinalistRun(**SHARED, config={}, seed=3).folder == "checkpoints/7"
