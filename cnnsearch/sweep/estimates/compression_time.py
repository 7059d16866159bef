"""What compressing the best model at the end of a sweep takes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.experiment import Experiment
from cnnsearch.numbers import duration

__all__ = ["CompressionTime"]


@dataclass(frozen=True)
class CompressionTime:
    """What compressing takes.

    Attributes:
        epochs: of training, all students and all networks that lose filters together.
        seconds: of these, each as one of a trial.
        files: that are made and timed, the float model's with them; 0: nothing is compressed.
        all_layers: networks are trained whole where trials have a frozen part, so that their epochs are longer.
    """

    epochs: int = 0
    seconds: float = 0.0
    files: int = 0
    all_layers: bool = False

    @classmethod
    def of(cls, experiment: Experiment, epoch_seconds: float) -> CompressionTime:
        """Of the ways of an experiment, where an epoch of one training takes so long.

        A network is taught, or pruned and trained, once, however often it is quantized, and again for each ``qat``.
        """
        if not experiment.ways:
            return cls()
        ways = {way for asked in experiment.asked for way in asked.most}
        pruned = {(way.distill, way.prune): way.seeds * way.prune.epochs for way in ways if way.prune}
        taught = {way.distill: way.seeds * way.distill.epochs_after(experiment.epochs) for way in ways if way.distill}
        aware = [way.seeds * way.aware.epochs for way in ways if way.aware is not None]
        epochs = sum(pruned.values()) + sum(taught.values()) + sum(aware)
        return cls(epochs, epochs * epoch_seconds, 1 + len(ways), bool(pruned or aware) and experiment.freezes)

    def __str__(self) -> str:
        made = f"making and timing {self.files} files, some seconds each, is not counted"
        if not self.epochs:
            return made
        trained = f"{duration(self.seconds)} for {self.epochs} epochs of training in it, on top"
        longer = "; these are longer than those of trials, as nothing is frozen" if self.all_layers else ""
        return f"{trained}{longer}; {made}"
