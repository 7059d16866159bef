"""Work: what every side of a benchmark is given, and the arrays that nobody has to pay for."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["Arrays", "Work", "draw_work"]


_SIDE = 160
"""Of photographs, in pixels."""


@dataclass(frozen=True)
class Work:
    """Configs to train, on what, and how long.

    Attributes:
        name: of the benchmark.
        data: ``digits``, ``fashion_mnist:12000`` for so many pictures of it, ``directory:PATH``, or of texts
            ``csv:PATH``.
        space: the search space, as an experiment file has it.
        configs: every parameter of each trial with its value; empty where a peer searches by itself.
        epochs: of every trial; of the longest where a peer stops trials.
        workers: trials at once where a peer can do that; threads where it cannot.
        seed: of the configs and the split.
        minutes: a search ends after so many, counted from when it is ready; ``None`` where configs are given.
        keys: what else the experiment says.
    """

    name: str
    data: str
    space: dict[str, Any]
    configs: tuple[dict[str, Any], ...]
    epochs: int
    workers: int
    seed: int
    minutes: float | None = None
    keys: dict[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Work:
        given = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**given, "configs": tuple(given["configs"])})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")

    def first(self, trials: int) -> Work:
        """The same work with only the first ``trials`` configs."""
        return dataclasses.replace(self, configs=self.configs[:trials])

    def seed_of(self, trial: int) -> int:
        """The seed that a sweep of cnnsearch gives to this trial."""
        return int(np.random.SeedSequence((self.seed, trial)).generate_state(1)[0])

    def experiment(self, **keys: Any) -> Experiment:
        """The work as an experiment: random draws, no early stopping, one thread a worker, unless ``keys`` say else."""
        from cnnsearch.experiment import Experiment

        source, _, given = self.data.partition(":")
        dataset: dict[str, Any] = {"source": source, "validation": 0.2}
        if source == "directory":
            dataset |= {"path": given, "image_size": _SIDE, "test": 0.2}
        elif source == "csv":
            dataset |= {"path": given}
        else:
            # Fashion-MNIST brings its own test pictures; of the digits the demo holds out as many.
            dataset |= {"limit": int(given)} if given else {"test": 0.2}
        defaults: dict[str, Any] = {
            "name": self.name,
            "dataset": dataset,
            "space": self.space,
            "epochs": self.epochs,
            "sampler": "random",
            **({"start": []} if self.configs else {}),  # all of them are drawn
            "scheduler": "none",
            "budget": {"minutes": self.minutes} if self.minutes else {"trials": max(1, len(self.configs))},
            "resources": {"cpus": 1, "max_concurrent": self.workers},
            "seed": self.seed,
            **self.keys,
        }
        return Experiment(**{**defaults, **keys})

    def uncached(self) -> Work:
        """The same with the features of a frozen backbone computed in every epoch."""
        return dataclasses.replace(self, keys={**self.keys, "features": {"cache": False}})


def draw_work(
    name: str,
    data: str,
    space: dict[str, Any],
    trials: int,
    epochs: int,
    seed: int,
    workers: int,
    keys: dict[str, Any] | None = None,
) -> Work:
    """Work with the configs that cnnsearch's own random sampler proposes for this seed, in that order."""
    from cnnsearch.search.samplers import make_sampler

    bare = Work(name, data, space, (), epochs, workers, seed, keys=keys or {})
    experiment = bare.experiment()
    sampler = make_sampler(experiment.sampler, experiment.space, seed, "max")
    proposed = (sampler.propose(trial) for trial in range(trials))
    configs = tuple(experiment.filled(config) for config in proposed if config is not None)
    return dataclasses.replace(bare, configs=configs)


@dataclass(frozen=True, eq=False)
class Arrays:
    """Both splits as cnnsearch makes them, ready for ``fit``.

    Attributes:
        x_train, x_validation: ``(n, height, width, channels)`` float32, not scaled: the models do that; of texts ``(n,
            length)`` int32, their numbers of tokens.
        y_train, y_validation: ``(n,)`` int32.
        classes: their number.
        scale, offset: the models see ``x * scale + offset``.
        tokens: of texts, how many different ones there are; of pictures 0.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    classes: int
    scale: float
    offset: float
    tokens: int = 0

    @classmethod
    def prepare(cls, work: Work) -> Arrays:
        """Load, split and scale as cnnsearch does for the same work."""
        from cnnsearch.cache.rows import in_memory
        from cnnsearch.data.stages import pixels, scaling, size_of
        from cnnsearch.sweep.data import load_data

        experiment = work.experiment()
        dataset, split = load_data(experiment)
        is_text = experiment.family.reads_texts
        found = pixels(dataset, split, size_of(work.configs[0]) if is_text else experiment.dataset.image_size)
        unit = scaling(found, "none" if is_text else "unit")
        dtype = np.int32 if is_text else np.float32
        return cls(
            in_memory(found.x_train).astype(dtype),
            found.y_train,
            in_memory(found.x_validation).astype(dtype),
            found.y_validation,
            len(found.names),
            float(unit.scale[0]),
            float(unit.offset[0]),
            0 if found.tokenizer is None else found.tokenizer.size,
        )

    @classmethod
    def read(cls, path: Path) -> Arrays:
        with np.load(path) as found:
            numbers = {name: int(found[name]) for name in ("classes", "tokens")} | {
                name: float(found[name]) for name in ("scale", "offset")
            }
            arrays = {name: found[name] for name in ("x_train", "y_train", "x_validation", "y_validation")}
        return cls(**arrays, **numbers)  # type: ignore[arg-type]

    def write(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})
