"""The page: what is read, each part of the augmentation alone, all parts together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.remarks import remarks
from cnnsearch.data.stages import size_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.recommended import nearest_config
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.previews.draws import drawn
from cnnsearch.previews.ends import ENDS, PARTS, End, ends_of, together
from cnnsearch.previews.pictures import Group, Shown, groups, shown
from cnnsearch.report.templates import environment, style
from cnnsearch.sweep.data import load_data
from cnnsearch.tasks.contract.heads import Head
from cnnsearch.tasks.contract.overlays import Overlay
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.devices import import_quietly

__all__ = ["render"]

_TEMPLATE = Path(__file__).parent / "page.html.jinja"
_EXAMPLES, _ALONE, _TOGETHER = 4, 2, 4
"""Pictures that are changed; draws of each by one part, and by all."""


@dataclass(frozen=True)
class Row:
    """Draws at some strengths.

    Attributes:
        title: which ends they are, in words.
        values: parameter and value of each.
        is_off: nothing changes, and so nothing is drawn.
        pictures: the draws.
    """

    title: str
    values: tuple[tuple[str, Any], ...]
    is_off: bool
    pictures: tuple[Shown, ...]


@dataclass(frozen=True)
class Part:
    """One parameter: its name, what it is, and its rows."""

    name: str
    doc: str
    rows: tuple[Row, ...]


def render(experiment: Experiment, tell: Callable[[Mapping[str, Any]], None] = lambda _: None) -> str:
    """The HTML; ``tell`` is called with what is known of the data.

    Raises:
        InputError: the experiment cannot be run on its data.
    """
    if experiment.family.reads_texts:
        raise InputError(
            Problem("model", "reads texts, and a preview shows pictures: there is nothing to see", experiment.model)
        )
    import_quietly()
    dataset, split = load_data(experiment)
    described = dataset.describe(split)
    tell(described)
    filled = experiment.filled(nearest_config(experiment, {}))
    size = size_of(filled)
    found, more = groups(dataset, split, experiment.seed)
    values = dataset.pictures.values(split.train)
    range_ = _range(dataset, values)
    examples = _examples(found)
    batch = dataset.pictures.read(examples, size)
    told = [dataset.targets.told(int(index)) for index in examples]
    task, targets = experiment.predicted, dataset.targets.at(examples, size)
    head = task.head(dataset.targets.outputs, filled) if task.follows else None
    artist = _Artist(batch, told, targets, dataset.targets.names, range_, experiment.seed, task, head)
    ends = ends_of(experiment)
    return (
        environment()
        .get_template(str(_TEMPLATE))
        .render(
            name=experiment.name,
            style=style(),
            facts=_facts(experiment, dataset, filled, values),
            noun=dataset.targets.strata.noun,
            plural=dataset.targets.strata.plural,
            more=more,
            remarks=remarks(described, experiment.dataset.test),
            groups=[(group, _read(dataset, group, size, range_, task)) for group in found],
            parts=[
                Part(name, PARTS[name].doc, tuple(artist.row(end, _ALONE) for end in of)) for name, of in ends.items()
            ],
            rows=[artist.row(end, _TOGETHER) for end in together(experiment, ends)] if ends else [],
        )
    )


@dataclass(frozen=True)
class _Artist:
    """Draws rows of one batch of pictures, whose ``targets`` are ``told`` where they have no places."""

    batch: np.ndarray
    told: list[str]
    targets: np.ndarray
    names: tuple[str, ...]
    range: tuple[float, float]
    seed: int
    task: TaskSpec
    head: Head | None

    def row(self, end: End, draws: int) -> Row:
        title = " and ".join(end.names).capitalize() if len(end.names) < len(ENDS) else "Always"
        values = tuple((name, end.values[name]) for name in PARTS if name in end.values)
        if end.is_off:
            return Row(title, values, is_off=True, pictures=())
        # One picture after the other, so that each is mixed with another one.
        x = np.concatenate([self.batch] * draws)
        y = np.concatenate([self.targets] * draws)
        found = drawn(end.values, x, y, self.range, self.seed, self.head)
        over = _overlays(self.task, found.targets, self.names, x.shape[1:3])
        return Row(title, values, False, tuple(shown(found.x, self._texts(found.shares, draws), self.range, over)))

    def _texts(self, shares: np.ndarray, draws: int) -> list[str]:
        if self.head is not None:  # the overlay says what of it is seen, and what is mixed has none
            return ["" if share > 0.995 else f"{share:.2f} of it, the rest of the one before" for share in shares]
        texts = self.told * draws
        others = [texts[-1], *texts[:-1]]
        return [
            text if share > 0.995 or text == other else f"{share:.2f} {text}, {1 - share:.2f} {other}"
            for text, other, share in zip(texts, others, shares, strict=True)
        ]


def _examples(found: Sequence[Group]) -> np.ndarray:
    """Of each of the first groups one picture, then a second one of each, up to as many as are changed."""
    deepest = max(len(group.members) for group in found)
    turns = [group.members[turn] for turn in range(deepest) for group in found if turn < len(group.members)]
    return np.array(turns[:_EXAMPLES], np.int64)


def _read(dataset: Dataset, group: Group, size: Any, range_: tuple[float, float], task: TaskSpec) -> list[Shown]:
    indices = np.array(group.members, np.int64)
    names = [dataset.pictures.name(int(index)) for index in indices]
    x = dataset.pictures.read(indices, size)
    over = _overlays(task, dataset.targets.at(indices, size), dataset.targets.names, x.shape[1:3])
    return list(shown(x, names, range_, over))


def _overlays(
    task: TaskSpec, targets: np.ndarray, names: tuple[str, ...], size: tuple[int, ...]
) -> list[Overlay] | None:
    """Of each picture; ``None`` where targets have no places."""
    height, width = size
    return [task.overlay(target, names, (height, width)) for target in targets] if task.follows else None


def _range(dataset: Dataset, values: ValueRange) -> tuple[float, float]:
    """Of pixels at rest, as trials have it: see :func:`cnnsearch.data.stages.scaling`."""
    if dataset.pictures.dtype.kind == "u":
        return 0.0, float(np.iinfo(dataset.pictures.dtype).max)
    return float(values.low or 0.0), float(values.high or 0.0)


def _facts(
    experiment: Experiment, dataset: Dataset, filled: Mapping[str, Any], values: ValueRange
) -> list[tuple[str, str]]:
    pictures = dataset.pictures
    read = size_of(filled) or pictures.shape
    parameter = experiment.space.get("image_size")
    searched = parameter is not None and parameter.size != 1
    facts = [("size", f"{read[0]} x {read[1]} pixels" + (", the recommended one" if searched else ""))] if read else []
    low, high = pictures.sizes.min(axis=0), pictures.sizes.max(axis=0)
    before = f"{low[0]} x {low[1]}" + ("" if (low == high).all() else f" to {high[0]} x {high[1]}")
    if read and (before != f"{read[0]} x {read[1]}"):
        facts.append(("before resizing", f"{before} pixels"))
    channels = f"{pictures.channels}" + ("" if pictures.channels in (1, 3) else ", of which the first is shown")
    facts += [("channels", channels), ("values", str(values)), ("decoder", pictures.decoder)]
    return facts
