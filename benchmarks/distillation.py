"""Students that were taught beside the same ones trained alone. ``python -m benchmarks.distillation SET SEEDS``.

The teacher is one training of a small CNN. Each seed trains a student twice, with the same first weights and the same
order of pictures; both are judged by the validation split at their best epoch.
"""

from __future__ import annotations

import sys

import numpy as np

from cnnsearch.compression.distillation.distilling import Teachers, distilled
from cnnsearch.compression.distillation.spec import distillations_of
from cnnsearch.compression.distillation.student import student_of
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import split_dataset
from cnnsearch.data.stages import pixels, scaling
from cnnsearch.experiment import Experiment
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

__all__ = ["main"]

SETS = {
    "digits": ({"source": "digits"}, {"filters": 16, "conv_blocks": 2, "units": 64}, 30),
    "fashion_mnist": ({"source": "fashion_mnist", "limit": 4000}, {"filters": 16, "conv_blocks": 2, "units": 64}, 10),
}
"""Name -> data set, the teacher's parameters, and epochs of both."""

STUDENT = {"filters": 4, "units": 16}
_VALIDATION = 0.4


def main(name: str, seeds: int, temperature: float | None = None, weight: float | None = None) -> None:
    """Print a line a seed, and what teaching gained in points of accuracy with its standard error."""
    source, config, epochs = SETS[name]
    experiment = Experiment(name=name, dataset=source, epochs=epochs, space={"learning_rate": 2e-3, **config})
    dataset = load_dataset(experiment.dataset)
    material = pixels(dataset, split_dataset(dataset, _VALIDATION, 0.0, 0), None)
    given = {each: next(iter(parameter.values())) for each, parameter in experiment.space.items()}
    trainer = Trainer(experiment, given, material, scaling(material, "unit"), 0)
    while trainer.end_reason is None:
        trainer.run_epoch()
    teachers, programs = Teachers(trainer.export(), material), Programs()
    (parameters, accuracy) = trainer.result().cost["parameters"], trainer.value()
    print(f"teacher: {parameters:,.0f} parameters, accuracy {accuracy:.3f} on {len(material.y_validation)}", flush=True)
    gained = []
    for seed in range(seeds):
        found = []
        for way in distillations_of([STUDENT], temperature, weight, alone=True, seed=seed):
            student = student_of(experiment, given, way)
            values: list[float] = []
            distilled(
                teachers,
                student,
                material,
                way,
                programs,
                lambda epoch, values=values: values.append(epoch.values["val_accuracy"]),
            )
            found.append(max(values))
        gained.append(100 * (found[0] - found[1]))
        print(f"seed {seed}: taught {found[0]:.4f}, alone {found[1]:.4f}", flush=True)
    error = np.std(gained, ddof=1) / np.sqrt(seeds) if seeds > 1 else float("nan")
    print(f"gained {np.mean(gained):.2f} points, standard error {error:.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *map(float, sys.argv[3:]))
