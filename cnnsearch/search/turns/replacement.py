"""Which turn makes what takes the place of the winner's model. Without Ray."""

from __future__ import annotations

from cnnsearch.experiment import Experiment
from cnnsearch.search.turns.ensembling import Ensembling
from cnnsearch.search.turns.refit import Refitting
from cnnsearch.study import Study
from cnnsearch.study.winner.ensemble import Ensemble
from cnnsearch.study.winner.replacement import planned

__all__ = ["replacing_turn"]


def replacing_turn(study: Study, experiment: Experiment) -> type[Ensembling] | type[Refitting]:
    """The turn of a study whose search, and whose finalists, are over; of refits that are to be one model the former.

    Args:
        study: as it stands.
        experiment: to go on with, of which something is asked for.
    """
    is_several = experiment.final == "ensemble" or isinstance(planned(study, experiment), Ensemble)
    return Ensembling if is_several else Refitting
