"""The former place of :mod:`cnnsearch.networks.runtime`: the code that a study has kept is imported as it was."""

from cnnsearch.networks.runtime import *  # noqa: F403
