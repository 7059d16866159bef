"""What a driver finds before there is anything to be written: the data, then the nodes that are there."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.compression.compressing import check_packages
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.grace import grace_in_words, with_grace
from cnnsearch.experiment.passes import with_passes
from cnnsearch.families import find_family
from cnnsearch.keras_settings import tell_foreign_settings
from cnnsearch.own_code.source import OwnCode, code_of
from cnnsearch.search.samplers import check_sampler
from cnnsearch.study.clock import Clock
from cnnsearch.study.environment import describe_environment
from cnnsearch.study.folder.folder import check_writable
from cnnsearch.study.partitions import PARTITIONS, Partitions
from cnnsearch.study.progress.adjustment import KEY as ADJUSTED
from cnnsearch.study.progress.adjustment import Adjustment
from cnnsearch.study.store import Store, is_uri
from cnnsearch.sweep.checks.space_remarks import tell_space
from cnnsearch.sweep.checks.start_check import with_possible_starts
from cnnsearch.sweep.checks.word_vectors_check import check_word_vectors
from cnnsearch.sweep.cluster.connection import LOCAL, is_kept_for
from cnnsearch.sweep.cluster.memory_check import check_limits
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.outlets.addresses import tell_secrets
from cnnsearch.sweep.tracking import check_tracking
from cnnsearch.sweep.weights import find_weights

if TYPE_CHECKING:
    from cnnsearch.search.places import Places

__all__ = ["Findings", "Material", "look_around", "read_material", "with_told_grace"]

_LOG = logging.getLogger("cnnsearch")


@dataclass(frozen=True)
class Material:
    """What trials are made of, read before Ray is started.

    Attributes:
        experiment: what is run; its paths are absolute.
        dataset, split: its data.
        code: of the user's own: a model family, a metric.
        began, loaded: when reading the data began and ended, in seconds of the sweep's clock.
        pacing: seconds in which it was measured how long a trial takes.
        adjustment: what was changed for it to end within the minutes.
    """

    experiment: Experiment
    dataset: Dataset
    split: Split
    code: OwnCode | None
    began: float
    loaded: float
    pacing: float = 0.0
    adjustment: Adjustment | None = None

    @property
    def partitions(self) -> Partitions | None:
        """Folds of all trials; ``None`` where there are none."""
        folds = self.split.folds
        return None if folds is None else Partitions(self.split.train, folds.partitions)


@dataclass(frozen=True)
class Findings:
    """What a driver found before the first trial.

    Attributes:
        material: what trials are made of.
        places: where they find room.
        environment: as ``environment.json`` has it.
    """

    material: Material
    places: Places
    environment: dict[str, Any]

    def keep_code(self, store: Store) -> None:
        """Copy the code of the user's own into the study: whoever edits it may want to go on with the study."""
        code = self.material.code
        for module in code.modules if code else ():
            store.write(f"source/{module.file}", module.content)

    def keep_partitions(self, store: Store) -> None:
        """Record which picture is in which fold."""
        if (found := self.material.partitions) is not None:
            store.write(PARTITIONS, found.to_bytes())


def read_material(experiment: Experiment, output: str, address: str | None, clock: Clock) -> Material:
    """Check what needs neither data nor Ray, then read the data.

    Args:
        experiment: what is run; its paths are absolute.
        output: path or URI of the folder that its study is in.
        address: of the Ray cluster; ``None`` or ``local``: this machine.
        clock: of the sweep.

    Raises:
        InputError: it cannot be run.
    """
    tell_foreign_settings()
    check_sampler(experiment.sampler)
    check_tracking(experiment.tracking)
    if experiment.compression:
        check_packages(experiment.ways)
    tell_secrets(experiment)
    tell_space(experiment)
    check_writable(output)
    if address in (None, LOCAL):
        check_limits(experiment.resources, is_kept_for(address, bool(experiment.own_code)))
    code = code_of(experiment.own_code)
    find_family(experiment.model).assets.check(experiment)
    began = clock.now()
    dataset, split = load_data(experiment)
    check_word_vectors(experiment, dataset, split)
    experiment = with_passes(with_possible_starts(experiment, dataset), split.trained)
    return Material(experiment, dataset, split, code, began, clock.now())


def with_told_grace(material: Material) -> Material:
    """Of a new study: with the grace that its scheduler needs, of which a warning tells."""
    experiment = with_grace(material.experiment, material.split.trained)
    if words := grace_in_words(material.experiment, experiment):
        _LOG.warning("scheduler.grace_epochs: %s", words)
    return replace(material, experiment=experiment)


def look_around(material: Material, output: str, clock: Clock) -> Findings:
    """See what the nodes are and have, once Ray is joined.

    Args:
        material: what trials are made of.
        output: path or URI of the folder that the study is in.
        clock: of the sweep.

    Raises:
        InputError: it cannot be run here.
        RayLostError: Ray has died meanwhile.
    """
    look = functools.partial(_places_and_weights, material, output)
    places, weights = beside_ray(look, lambda: None, Outage.of_this_process())
    seconds = {
        "data_seconds": material.loaded - material.began,
        "ray_seconds": clock.now() - material.loaded - material.pacing,
        **({"pace_seconds": material.pacing} if material.pacing else {}),
    }
    digests = material.code.digests if material.code else None
    data = material.dataset.describe(material.split)
    described = describe_environment(data, {"began": material.began, **seconds}, weights, digests)
    if material.adjustment is not None:
        described[ADJUSTED] = material.adjustment.to_dict()
    return Findings(material, places, described)


def _places_and_weights(material: Material, output: str) -> tuple[Places, dict[str, str]]:
    """Where trials find room, and the digests of the weights."""
    from cnnsearch.sweep.cluster.node_check import check_nodes
    from cnnsearch.sweep.cluster.nodes import find_places

    places = find_places(material.experiment.resources)
    check_nodes(None if is_uri(output) else Path(output))
    weights = find_weights(material.experiment)
    if material.code is not None and "model" in material.experiment.own_code:
        from cnnsearch.sweep.checks.family_check import check_own_family

        check_own_family(material.experiment, material.dataset, material.code)
    if material.code is not None and "objective.metric" in material.experiment.own_code:
        from cnnsearch.sweep.checks.metric_check import check_own_metric

        check_own_metric(material.experiment, material.dataset, material.split, material.code)
    return places, weights
