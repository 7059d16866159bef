"""Where Tune's inside is replaced while a sweep runs, as trials here may be shorter than the start of a process."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Set
from typing import Any
from unittest.mock import patch

import ray
from ray.tune import registry
from ray.tune.execution import tune_controller
from ray.tune.execution.class_cache import _ActorClassCache
from ray.tune.utils.object_cache import _ObjectCache

from cnnsearch.sweep.ray_private.direct import DirectResources, Lender
from cnnsearch.sweep.ray_private.head import was_started_here

__all__ = ["ActorClasses", "WorkerCache", "fit_for_short_trials", "once_true"]


class ActorClasses(_ActorClassCache):  # type: ignore[misc]
    """Lets workers take Ray's idle processes, which have TensorFlow already, where Ray is this process's own.

    Tune gives every worker variables of the driver as an environment of its own, for which Ray starts a new process.
    The processes of a Ray that the driver has started, or that a keeper lends it, have these variables anyway.

    Args:
        is_own: whether somebody lends workers, as is done on such a Ray alone.
    """

    def __init__(self, is_own: bool = False) -> None:
        super().__init__()
        self._is_own = is_own

    def get(self, trainable_cls: Any) -> Any:
        if not self._is_own and not was_started_here():
            return super().get(trainable_cls)
        if trainable_cls not in self._cache:
            self._cache[trainable_cls] = ray.remote(trainable_cls)
        return self._cache[trainable_cls]


class WorkerCache(_ObjectCache):
    """Keeps the worker of every lane until the lane is closed, or the sweep ends.

    Tune's own keeps one worker at most where no trial waits for it, and none where a trial waits for a worker that is
    still to be started; each of the others is stopped, and started again for the next trial.

    Args:
        closed: numbers of the lanes that have been closed; it grows while the sweep runs.
    """

    def __init__(self, closed: Set[int] = frozenset(), may_keep_one: bool = True) -> None:
        super().__init__(may_keep_one)
        self._closed = closed

    def cache_object(self, key: Any, obj: Any) -> bool:
        self._cached_objects[key].append(obj)
        self._num_cached_objects += 1
        return True

    def flush_cached_objects(self, force_all: bool = False) -> Iterator[Any]:
        if force_all:
            yield from super().flush_cached_objects(force_all=True)
            return
        for key in [key for key in self._cached_objects if getattr(key, "lane", None) in self._closed]:
            workers = self._cached_objects.pop(key)
            self._num_cached_objects -= len(workers)
            yield from workers


def once_true(asked: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    """``asked``, which is not asked again for what it has said to be there."""
    there: set[tuple[str, str]] = set()

    def remembered(category: str, key: str) -> bool:
        if (category, key) not in there and asked(category, key):
            there.add((category, key))
        return (category, key) in there

    return remembered


@contextlib.contextmanager
def fit_for_short_trials(closed: Set[int] = frozenset(), lender: Lender | None = None) -> Iterator[None]:
    """While it lasts, Tune keeps workers, has them take idle processes, and asks Ray for the trainable once instead of
    eight times a trial.

    Args:
        closed: as for :class:`WorkerCache`.
        lender: who has the workers; ``None``: Tune makes and ends each of them.
    """
    resources = tune_controller.PlacementGroupResourceManager
    get = functools.cache(registry._global_registry.get)
    contains = once_true(registry._global_registry.contains)
    with (
        patch.object(tune_controller, "_ObjectCache", functools.partial(WorkerCache, closed)),
        patch.object(tune_controller, "_ActorClassCache", functools.partial(ActorClasses, lender is not None)),
        patch.object(registry._global_registry, "get", get),
        patch.object(registry._global_registry, "contains", contains),
        patch.object(
            tune_controller,
            "PlacementGroupResourceManager",
            resources if lender is None else functools.partial(DirectResources, lender),
        ),
    ):
        yield
