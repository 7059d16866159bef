"""Distilling: a student is trained by the trainer of trials, by the targets and by what the best model tells."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from cnnsearch.cache.cache import Cache
from cnnsearch.compression.distillation.answers import cached_answers
from cnnsearch.compression.distillation.spec import TEMPERATURE, Distillation
from cnnsearch.compression.distillation.student import Student
from cnnsearch.compression.fine_tuning import MOST_COPIED, run_to_end
from cnnsearch.data.stages import Pixels, scaling, scaling_of
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.spec import augments
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.teacher import Teacher, Teaching
from cnnsearch.training.trainer import Trainer

if TYPE_CHECKING:
    import keras

    from cnnsearch.training.result import EpochResult

__all__ = ["Teachers", "distilled"]


class Teachers:
    """One model as the teacher of several students: what it tells of the training inputs is computed once.

    Args:
        model: from inputs at rest to what the task tells.
        material: that its students are trained on.
        cache: of this machine, where it is kept for the next call; ``None``: it has none.
        observe: told, in words, where it is read from there.
    """

    def __init__(
        self,
        model: keras.Model,
        material: Pixels,
        cache: Cache | None = None,
        observe: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._model = model
        self._material = material
        self._cache = cache
        self._observe = observe

    @cached_property
    def at_hand(self) -> Teacher:
        """With its answers."""
        return Teacher(self._model, cached_answers(self._cache, self._model, self._material.x_train, self._observe))

    @cached_property
    def running_along(self) -> Teacher:
        """Asked of each batch anew."""
        return Teacher(self._model, None)


def distilled(
    teachers: Teachers,
    student: Student,
    material: Pixels,
    way: Distillation,
    programs: Programs | None = None,
    observe: Callable[[EpochResult], None] = lambda _: None,
) -> keras.Model:
    """Train a student as a trial of its config is trained, with a teacher beside the targets.

    The teacher sees what the student sees (Beyer et al. 2022): where pictures are changed at random it runs along,
    and else its answers are those that were computed once.

    Args:
        teachers: the model that teaches.
        student: that learns.
        material: inputs at rest, and targets.
        way: how much it learns from the teacher.
        programs: those that students of the same teachers left.
        observe: called after each epoch.

    Returns:
        From inputs at rest to what the task tells, of the best epoch of the validation split.

    Raises:
        InputError: such a network cannot be, or its training diverged.
    """
    runs_along = augments(student.config)
    experiment = _uncached(student.experiment) if runs_along else student.experiment
    teaching = None
    if not way.is_alone:
        teacher = teachers.running_along if runs_along else teachers.at_hand
        teaching = Teaching(teacher, way.temperature or TEMPERATURE, way.weight)
    try:
        given = material, scaling(material, scaling_of(student.config)), experiment.seed
        trainer = Trainer(experiment, student.config, *given, programs, Feeds(MOST_COPIED), teaching=teaching)
        run_to_end(trainer, observe)
    except TrialError as error:
        rule = f"the student cannot be trained: {error}"
        raise InputError(Problem("--distill", rule, way.student_in_words)) from error
    if trainer.end_reason == "diverged":
        rule = f"training the student diverged: {trainer.trouble}; a lower learning_rate of it may help"
        raise InputError(Problem("--distill", rule, way.student_in_words))
    return trainer.export()


def _uncached(experiment: Experiment) -> Experiment:
    """Without variants of pictures whose features are kept: a teacher that runs along must see pictures."""
    augmentation = experiment.augmentation.model_copy(update={"cached_variants": None})
    return experiment.model_copy(update={"augmentation": augmentation})
