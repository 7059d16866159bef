"""Ray for the time of a sweep: one of our own on this machine, or a cluster's, and why that cannot be reached."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.escaping import printable
from cnnsearch.experiment import Resources
from cnnsearch.numbers import plural
from cnnsearch.redaction import redacted
from cnnsearch.silence import silence
from cnnsearch.sweep.cluster import kept, warm_workers
from cnnsearch.sweep.cluster.joining import join_ray, leave_ray
from cnnsearch.sweep.cluster.keeper.loan import borrow, head_kept_here, is_to_be_had
from cnnsearch.sweep.cluster.keeper.workers import lent_workers
from cnnsearch.sweep.cluster.local_ray import keep_token_private
from cnnsearch.sweep.cluster.memory_check import limits_in_words
from cnnsearch.sweep.cluster.outage import watch_lent
from cnnsearch.sweep.ray_private import tokens
from cnnsearch.sweep.ray_private.bare import bare
from cnnsearch.sweep.ray_private.head import address_here, ask_head, connection, dashboard_address, head_address
from cnnsearch.sweep.ray_private.starting import named_as, on_loopback
from cnnsearch.sweep.signals import deferred, was_asked
from cnnsearch.sweep.worker.preload import preload_settings
from cnnsearch.together import Together

__all__ = [
    "LOCAL",
    "SETTINGS",
    "connected",
    "describe_ray",
    "find_cluster",
    "find_dashboard",
    "is_kept_for",
    "offer_token",
]

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # a worker stays where the command was typed
    "RAY_AIR_NEW_OUTPUT": "0",  # the command line shows progress of its own
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the study is the record; the loggers cost time and memory
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",  # a failed trial reports no objective
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # the runner has its own
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",  # nothing is ever restored from Tune's own files
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
"""Environment that Ray and Tune read; what is set already stays."""

_LOG = logging.getLogger("cnnsearch")

_ANSWERS = 5.0
"""Seconds for a machine to answer. Ray itself tries for a minute, and does not say what went wrong."""

_STARTS = 180.0
"""Seconds for Ray to start; it waits without end for processes that are ended again and again for want of memory."""

_IDLE = 4
"""Idle processes that a Ray keeps beyond one a processor; of its own accord it ends them after a second."""

_TOKEN = "the cluster's token in ~/.ray/auth_token or where RAY_AUTH_TOKEN_PATH says, and set RAY_AUTH_MODE=token"


LOCAL = "local"
"""The address of a Ray that is started for this process alone."""


@contextlib.contextmanager
def connected(
    address: str | None, resources: Resources | None = None, keep: bool = False, uses_folder: bool = True
) -> Iterator[None]:
    """Ray for the time of a sweep: the one that runs already, a cluster's, a keeper's, or one of our own here.

    Sweeps of several threads use one together, which the last of them leaves.

    Args:
        address: of the cluster, ``auto`` or ``HOST:PORT``; ``local``: one of our own; ``None``: this machine.
        resources: what trials will hold, so that idle processes may be prepared for them.
        keep: one of our own stays for the next sweep of this process (see :mod:`cnnsearch.sweep.cluster.kept`).
        uses_folder: whether trials may look into the working directory, as code of the user's own.

    Raises:
        InputError: the cluster cannot be reached, or lets nobody in without its token; or Ray does not start here.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    before = connection()
    with _together.used(lambda: _joined(address, resources, keep, uses_folder)):
        if before is not None and connection() is before:
            _tell_other(address)
        yield


_together = Together()


def _tell_other(address: str | None) -> None:
    """This process was connected to a Ray already, and uses that one."""
    if address not in (None, LOCAL, "auto") and address != head_address():
        rule = "this process is connected to the Ray at %s already, and uses that, not --address %s"
        _LOG.warning(rule + "; to join that one: ray.shutdown() before", head_address(), address)


@contextlib.contextmanager
def _joined(address: str | None, resources: Resources | None, keep: bool, uses_folder: bool) -> Iterator[None]:
    """See :func:`connected`, of one sweep."""
    import ray

    for name in ("ray.tune", "ray._private", "ray.worker"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    is_alone, address = address == LOCAL, None if address == LOCAL else address
    preload = preload_settings(resources) if resources is not None and not address else {}
    if kept.ready(preload, address, is_alone, uses_folder):
        with kept.used():
            yield
        return
    if ray.is_initialized():
        yield
        return
    _check_working_directory()
    may_borrow = address is None and not is_alone and resources is not None
    joined, is_kept = _Joined(), False
    try:
        if not may_borrow or not _join_lent(joined, uses_folder):
            _join_named(joined, address, preload)
        yield
        if keep and not address and not was_asked():
            kept.keep(joined.preload, joined.let_go, joined.folder)
            is_kept = True
        elif joined.preload is None:
            warm_workers.settle()
    finally:
        if joined.is_there and not is_kept:
            warm_workers.forget()
            leave_ray()
            joined.let_go()


def is_kept_for(address: str | None, uses_folder: bool) -> bool:
    """Whether a Ray waits for a sweep that begins now: its processes have taken their memory.

    Args:
        address, uses_folder: as of :func:`connected`.
    """
    return address in (None, LOCAL) and (kept.is_there() or (address is None and is_to_be_had(uses_folder)))


@dataclass
class _Joined:
    """The Ray that this process has joined.

    Attributes:
        is_there: whether it has.
        let_go: what is called once it is left.
        preload: environment that tells its idle processes what to import; ``None``: it is a keeper's.
        folder: the working directory of its processes; ``None``: that of this process.
    """

    is_there: bool = False
    let_go: Callable[[], None] = lambda: None
    preload: Mapping[str, str] | None = None
    folder: str | None = None


def _join_named(joined: _Joined, address: str | None, preload: Mapping[str, str]) -> None:
    """A cluster, or one that is started here."""
    reached = find_cluster(address) if address else LOCAL
    if not address:
        keep_token_private()
    settings = {} if address else {**preload, **_idle_settings()}
    with deferred():
        joined.let_go = _join(address, reached, settings)
        joined.is_there, joined.preload = True, preload
    if not address:
        warm_workers.provide(preloaded=bool(preload))


def _join_lent(joined: _Joined, uses_folder: bool) -> bool:
    """That of this machine's keeper; whether there is one that does."""
    loan = borrow(uses_folder=uses_folder)
    if loan is None:
        return False

    def leave() -> None:
        watch_lent(None)
        let_go()
        loan.give_back()

    try:
        with deferred():
            let_go = _join(None, find_cluster(loan.record.head), {})
            joined.let_go, joined.is_there, joined.folder = leave, True, loan.record.folder
    except InputError as error:
        loan.give_back()
        _LOG.warning("the Ray of `cnnsearch up` cannot be used, and this run starts its own: %s", error)
        return False
    watch_lent(lambda: loan.record.dead)
    warm_workers.provide(preloaded=True, lent=lent_workers)
    return True


def _idle_settings() -> dict[str, str]:
    """Environment of a Ray of our own: processes that computed stages stay, else what is next wanted waits for others.

    That is another image size, the pictures of a refit, the test split, or the next run.
    """
    return {"RAY_num_workers_soft_limit": str((os.cpu_count() or 1) + _IDLE)}


def _join(address: str | None, reached: str, settings: Mapping[str, str]) -> Callable[[], None]:
    import ray

    private: contextlib.AbstractContextManager[dict[str, str]]
    private = contextlib.nullcontext({}) if address else on_loopback()
    try:
        with (
            patch.dict(os.environ, {name: value for name, value in settings.items() if name not in os.environ}),
            named_as(lambda command: printable(redacted(command))),
            private as options,
            bare() if reached == LOCAL else contextlib.nullcontext(),
        ):
            return join_ray(
                lambda: ray.init(
                    address=reached,
                    include_dashboard=False if reached == LOCAL else None,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    **options,
                ),
                _STARTS,
            )
    except Exception as error:  # noqa: BLE001 - of a node that takes too long to start, Ray tells by a plain Exception
        where = f"cannot reach the Ray cluster at '{address}'" if address else "Ray does not start on this machine"
        limit = None if address else limits_in_words()
        why = f"{first_line(error)}{f'; {limit}' if limit else ''}"
        raise InputError(Problem("--address" if address else "", f"{where}: {why}", address)) from None


def _check_working_directory() -> None:
    """Ray sends it to every worker, as UTF-8."""
    folder = os.getcwd()
    try:
        folder.encode()
    except UnicodeEncodeError:
        rule = "Ray needs a working directory whose path is UTF-8: go elsewhere, or reach it by a link of another name"
        raise InputError(Problem("", rule, folder)) from None


def find_cluster(address: str) -> str:
    """``HOST:PORT`` of a cluster that answers and lets this process in; takes some seconds at most.

    Raises:
        InputError: nothing answers there, what answers is no Ray head, or the token is missing or wrong.
    """
    if address.startswith("ray://"):
        rule = "must be auto or HOST:PORT, on a machine of the cluster; from outside: cnnsearch submit FILE --address "
        raise InputError(Problem("--address", rule + "http://HEAD:8265", address))
    found = _resolved(address)
    host, _, port = found.rpartition(":")
    try:
        is_web = _is_web_server(host.strip("[]"), int(port))
    except OSError as error:
        why = error.strerror or str(error)
        rule = f"no cluster answers at {found} ({why}); the head is started by 'ray start --head --port=PORT'"
        raise InputError(Problem("--address", rule, address)) from None
    web = f"a web server answers at {found}: the head's own port is another one, 6379 where nobody chose it"
    refused = web if is_web else _refusal(found)
    if refused is not None:
        raise InputError(Problem("--address", refused, address))
    return found


def describe_ray(address: str | None = None) -> str:
    """Start Ray, or reach the cluster at ``address``, and tell what it has.

    Raises:
        InputError: it does not start, or the cluster cannot be reached.
    """
    with connected(address or LOCAL):
        import ray

        from cnnsearch.sweep.cluster.nodes import look_at_nodes

        nodes = look_at_nodes()
        return f"{ray.__version__} starts; {plural(len(nodes.present), 'node')}: {nodes}"


def find_dashboard() -> str | None:
    """URL of the dashboard of the Ray that this process is connected to, on the head; ``None`` where none runs."""
    found = dashboard_address()
    return f"http://{found}" if found else None


def _resolved(address: str) -> str:
    """``auto`` is what RAY_ADDRESS says, or the cluster that was started on this machine."""
    if address == "auto":
        kept_here = head_kept_here()  # one sweep uses that at a time, by its lock
        named = os.environ.get("RAY_ADDRESS") or address_here(but=kept_here)
        if named is None or named == "auto":
            rule = "no cluster runs on this machine: start it by 'ray start', or name its head as HOST:PORT"
            rule += "; the Ray of `cnnsearch up` is used where no address is given" if kept_here else ""
            raise InputError(Problem("--address", rule, address))
        return named
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536 or "/" in address:
        raise InputError(Problem("--address", "must be auto or HOST:PORT, as 10.0.0.5:6379", address))
    return address


def _is_web_server(host: str, port: int) -> bool:
    """Whether what answers speaks HTTP/1, as the dashboard does; a head speaks HTTP/2 only."""
    with socket.create_connection((host, port), _ANSWERS) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
        except OSError:  # it takes connections, and says nothing to this
            return False


def _refusal(address: str) -> str | None:
    """Why what answers at ``address`` does not take this process, if it does not."""
    from ray.exceptions import AuthenticationError, RpcError

    if tokens.uses_token() and not tokens.has_token():  # where Ray would end the process
        return f"RAY_AUTH_MODE is token, and no token is here: put {_TOKEN}"
    try:
        with silence():
            ask_head(address, _ANSWERS)
    except AuthenticationError:
        if not tokens.uses_token() and offer_token(address) is None:
            return _refusal(address)
        return offer_token(address) or (
            f"the token of this machine ({_token_source()}) is not that of the cluster at {address}"
        )
    except (RpcError, RuntimeError, ConnectionError) as error:
        return f"what answers at {address} is no Ray head: {first_line(error)}"
    return None


def offer_token(address: str) -> str | None:
    """Use this machine's token from now on, as the cluster at ``address`` wants one; why that cannot be."""
    if not tokens.has_token():
        return f"the cluster at {address} takes nobody without its token: put {_TOKEN}"
    if not tokens.uses_token() and "RAY_AUTH_MODE" in os.environ:
        mode = os.environ["RAY_AUTH_MODE"]
        return f"the cluster at {address} wants its token and RAY_AUTH_MODE is '{mode}': set it to token"
    if not tokens.uses_token():
        tokens.use_token()
    return None


def _token_source() -> str:
    if os.environ.get("RAY_AUTH_TOKEN"):
        return "RAY_AUTH_TOKEN"
    return os.environ.get("RAY_AUTH_TOKEN_PATH") or str(Path("~/.ray/auth_token"))
