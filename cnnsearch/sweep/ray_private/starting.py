"""How Ray starts and is left: what it does to this process and its own ones meanwhile, done otherwise here."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

__all__ = ["LOOPBACK", "connecting_by", "named_as", "not_by_itself", "on_loopback", "told_of_disconnection"]

LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def connecting_by(call: Callable[..., Any]) -> Iterator[None]:
    """While it lasts, Ray takes no signal for itself, nor do its processes get those of this one's group.

    Args:
        call: does what it is given first with the rest: the moment in which Ray's C++ connects.
    """
    from ray._private import services, utils, worker

    own_group = functools.partial(services.ConsolePopen, process_group=0)
    with (
        patch.object(utils, "set_sigterm_handler", lambda _: None),
        patch.object(services, "ConsolePopen", own_group),
        patch.object(worker, "connect", functools.partial(call, worker.connect)),
    ):
        yield


@contextlib.contextmanager
def named_as(spelled: Callable[[str], str]) -> Iterator[None]:
    """While it lasts, the command line of this process, which Ray tells the cluster, goes through ``spelled``."""
    from ray._private import utils

    named = utils.get_entrypoint_name
    with patch.object(utils, "get_entrypoint_name", lambda: spelled(named())):
        yield


def not_by_itself() -> None:
    """From now on Ray starts in this process by ``ray.init`` alone.

    Else any call of it does so where it has been left, or joins whatever other one runs on this machine.
    """
    from ray._private import auto_init_hook

    auto_init_hook.enable_auto_connect = False


@contextlib.contextmanager
def on_loopback() -> Iterator[dict[str, str]]:
    """Options of ``ray.init`` with which a local Ray listens on loopback alone, inside of the block.

    Ray takes the machine's own address in place of the loopback one, for other nodes that may join: to a Ray that was
    started here none does.
    """
    from ray._private import services

    with patch.object(services, "resolve_ip_for_localhost", lambda host: host):
        yield {"_node_ip_address": LOOPBACK}


@contextlib.contextmanager
def told_of_disconnection(tell: Callable[[], object]) -> Iterator[None]:
    """While it lasts, ``ray.shutdown`` calls ``tell`` between its C++ and the end of the processes it had started."""
    from ray._private.node import Node

    kill = Node.kill_all_processes

    def told(*arguments: Any, **options: Any) -> None:
        tell()
        kill(*arguments, **options)

    with patch.object(Node, "kill_all_processes", told):
        yield
