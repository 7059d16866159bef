"""What a script must say of one trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.scripts.writing import Code
from cnnsearch.space.specs import Parameters

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import Proposal, TrialLine

__all__ = ["Part", "Recipe", "recipe_of"]


@dataclass
class Part:
    """Some lines of a script, and what they cannot express.

    Attributes:
        lines: of code, not indented.
        beyond: one sentence each, for the head of the script.
        definitions: functions and classes that the lines use, each the text of one, for the top of the script.
    """

    lines: list[Code] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    definitions: list[Code] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """One trial.

    Attributes:
        study: that it belongs to.
        trial: its number.
        record: its line of the record; of a trial that has not ended, that of its proposal.
        config: filled, every parameter with its value.
        parameters: of the family, with preprocessing, augmentation and training.
    """

    study: Study
    trial: int
    record: Proposal | TrialLine
    config: Mapping[str, Any]
    parameters: Parameters

    def acts(self, name: str) -> bool:
        """Whether a parameter does something in this config."""
        return name in self.parameters and not self.parameters[name].is_neutral(self.config[name])

    @property
    def reads_texts(self) -> bool:
        """Whether its arrays are numbers of tokens, and no pictures."""
        return self.study.experiment.family.reads_texts

    @property
    def data(self) -> Mapping[str, Any]:
        """What ``environment.json`` tells of the data."""
        data: Mapping[str, Any] = self.study.environment.get("dataset", {})
        return data

    @property
    def is_weighted(self) -> bool:
        """Whether pictures have weights in the loss of training."""
        return "weights" in self.data

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the pictures that the network sees; ``None`` where they are not recorded."""
        size = self.config.get("image_size") or self.data.get("shape")
        if size is None:
            return None
        return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))

    @property
    def largest(self) -> int | None:
        """Largest value of an unsigned dtype; ``None`` where the range is that of the training pictures."""
        return {"uint8": 255, "uint16": 65535, "uint32": 4294967295}.get(str(self.data.get("dtype", "uint8")))


def recipe_of(study: Study, trial: int | None) -> Recipe:
    """The recipe of a trial, ended or not; of the best one where none is named.

    Raises:
        InputError: the study has no trial of that number.
    """
    if trial is None:
        if study.best is None:
            raise InputError(Problem("TRIAL", "must be named: no trial of the study has a value"))
        trial = study.best.trial
    lines: dict[int, Proposal | TrialLine] = {line.trial: line for line in study.proposals}
    lines |= {line.trial: line for line in study.records}
    if trial not in lines:
        has = f"its trials are 0 to {max(lines)}" if lines else "it has none"
        raise InputError(Problem("TRIAL", f"the study has no such trial; {has}", trial))
    config = study.experiment.filled(lines[trial].config)
    return Recipe(study, trial, lines[trial], config, study.experiment.searchable)
