"""The inside of Ray, part by part, in the installed version; no Ray is started."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import ray
from private_parts import Part, check

from cnnsearch.sweep.ray_private import fresh, head, starting, tokens
from cnnsearch.sweep.ray_private.bare import bare
from cnnsearch.sweep.ray_private.direct import DirectResources
from cnnsearch.sweep.ray_private.scripts.setup_worker import plain_variables
from cnnsearch.sweep.ray_private.tune_controller import ActorClasses, WorkerCache, fit_for_short_trials, once_true
from cnnsearch.sweep.worker import printed


def takes(function: Callable[..., Any], *arguments: Any, **options: Any) -> bool:
    inspect.signature(function).bind(*arguments, **options)
    return True


def uses(function: Callable[..., Any], *names: str) -> bool:
    """Whether a function looks up all these names when it runs, so that what is put in their place is called."""
    return set(names) <= set(inspect.unwrap(function).__code__.co_names)


def connects_by_what_is_put_there() -> bool:
    from ray._private import services, utils, worker

    before = utils.set_sigterm_handler, services.ConsolePopen, worker.connect
    called: list[Any] = []
    with starting.connecting_by(lambda act, *_, **__: called.append(act)):
        worker.connect("node", 7)
        utils.set_sigterm_handler(None)
        process = services.ConsolePopen(
            [sys.executable, "-c", "import os; print(os.getpgrp())"], stdout=subprocess.PIPE
        )
        is_own = int(process.communicate()[0]) == process.pid
    return (
        called == [before[2]]
        and is_own
        and (utils.set_sigterm_handler, services.ConsolePopen, worker.connect) == before
        and uses(services.start_ray_process, "ConsolePopen")
        and uses(worker.init, "connect", "set_sigterm_handler")
    )


def names_this_process() -> bool:
    from ray._private import utils, worker

    with starting.named_as(lambda command: f"<{command}>"):
        named = utils.get_entrypoint_name()
    return named == f"<{utils.get_entrypoint_name()}>" and uses(worker.init, "get_entrypoint_name")


def stays_on_loopback() -> bool:
    from ray._private import services, worker

    with starting.on_loopback() as options:
        kept = services.resolve_ip_for_localhost(starting.LOOPBACK)
    source = inspect.getsource(inspect.unwrap(worker.init))
    return kept == starting.LOOPBACK and all(f'kwargs.pop("{name}"' in source for name in options)


def tells_of_disconnection() -> bool:
    from ray._private import worker
    from ray._private.node import Node

    told: list[str] = []
    with (
        patch.object(Node, "kill_all_processes", lambda *_, **__: told.append("killed")),
        starting.told_of_disconnection(lambda: told.append("disconnected")),
    ):
        Node.kill_all_processes(None, check_alive=False, allow_graceful=True)
    names = inspect.unwrap(worker.shutdown).__code__.co_names
    return told == ["disconnected", "killed"] and names.index("disconnect") < names.index("kill_all_processes")


def starts_by_call_alone() -> bool:
    from ray._private import auto_init_hook

    with patch.object(auto_init_hook, "enable_auto_connect", True):
        starting.not_by_itself()
        is_off = not auto_init_hook.enable_auto_connect
    return is_off and uses(auto_init_hook.auto_init_ray, "enable_auto_connect")


def starts_no_onlookers() -> bool:
    from ray import _raylet
    from ray._private import node, parameter, services, worker

    started: list[list[str]] = []
    with (
        tempfile.TemporaryDirectory() as session,
        patch.object(services, "start_ray_process", lambda command, *_, **__: started.append(command)),
        bare(),
    ):
        given = parameter.RayParams()
        setup = Path(given.setup_worker_path)
        head_node = SimpleNamespace()
        node.Node.start_api_server(head_node, include_dashboard=False, raise_on_failure=False)
        services.start_ray_process(["gcs_server", "--log_dir=x"], "gcs_server", fate_share=True)
        given_ids = ["raylet", f"--session_dir={session}", "--node_id=ab"]
        services.start_ray_process([*given_ids, "--dashboard_agent_command=agent --head", "--head"], "raylet")
        ports = [
            _raylet.wait_for_persisted_port(session, "ab", name, timeout_ms=0)
            for name in (_raylet.METRICS_AGENT_PORT_NAME, _raylet.METRICS_EXPORT_PORT_NAME)
        ]
    *same, agent, last = started[1]
    start_head = inspect.getsource(node.Node.start_head_processes)
    return (
        (given.no_monitor, given.include_log_monitor, head_node._webui_url) == (True, False, "")
        and (setup.name, setup.is_file()) == ("setup_worker.py", True)
        and started[0] == ["gcs_server", "--log_dir=x"]
        and (same, last) == (given_ids, "--head")
        and Path(agent.split()[-1]).is_file()
        and ports == [-1, -1]
        and "_ray_params.no_monitor" in start_head
        and "start_api_server" in start_head
        and "_ray_params.include_log_monitor" in inspect.getsource(node.Node.start_ray_processes)
        and "--dashboard_agent_command=" in inspect.getsource(services.start_raylet)
        and uses(services.start_raylet, "start_ray_process")
        and "ray._private.parameter.RayParams(" in inspect.getsource(inspect.unwrap(worker.init))
    )


def begins_processes_with_variables() -> bool:
    from ray._private.runtime_env.context import RuntimeEnvContext

    def told(**parts: Any) -> dict[str, str] | None:
        context = RuntimeEnvContext(**parts).serialize()
        asked = ["default_worker.py", f"--serialized-runtime-env-context={context}", "--language=PYTHON"]
        return plain_variables(asked, sys.executable)

    return (
        told(env_vars={"A": "no"}) == {"A": "no"}
        and told() == {}
        and told(env_vars={"A": "${HOME}/a"}) is None
        and told(env_vars={"A": "no"}, command_prefix=["cd /tmp &&"]) is None
        and told(py_executable="/other/python") is None
        and told(override_worker_entrypoint="other.py") is None
    )


def finds_a_head() -> bool:
    from ray._private import services

    with (
        patch.object(services, "find_bootstrap_address", lambda temp_dir: temp_dir),
        patch.object(services, "find_gcs_addresses", lambda: {"10.0.0.5:6379"}),
    ):
        found = head.address_here()
    return (
        found == "10.0.0.5:6379" and takes(services.find_bootstrap_address, None) and takes(services.find_gcs_addresses)
    )


def asks_a_head() -> bool:
    from ray import _raylet
    from ray.exceptions import AuthenticationError, RpcError

    asked: list[Any] = []
    with patch.object(
        _raylet,
        "GcsClient",
        lambda address: SimpleNamespace(
            get_all_node_info=functools.partial(lambda address, timeout: asked.append((address, timeout)), address)
        ),
    ):
        head.ask_head("10.0.0.5:6379", 5.0)
    return (
        asked == [("10.0.0.5:6379", 5.0)]
        and issubclass(AuthenticationError, Exception)
        and issubclass(RpcError, Exception)
    )


def tells_of_dead_processes() -> bool:
    from ray._private import worker
    from ray._private.node import Node

    node = SimpleNamespace(all_processes={}, gcs_address="10.0.0.5:6379")
    with patch.object(worker, "_global_node", node):
        assert head.deaths_told_by() is None
        assert head.head_address() == "10.0.0.5:6379"
    ended = SimpleNamespace(process=SimpleNamespace(poll=lambda: 1, returncode=1))
    node = SimpleNamespace(all_processes={"raylet": [ended]})
    node.dead_processes = functools.partial(Node.dead_processes, node)
    with patch.object(worker, "_global_node", node):
        told = head.deaths_told_by()
    return told is not None and told() == ["raylet"] and isinstance(Node.gcs_address, property)


def links_the_dashboard() -> bool:
    from ray._private import worker

    with patch.object(worker, "get_dashboard_url", lambda: "127.0.0.1:8265"):
        found = head.dashboard_address()
    return found == "127.0.0.1:8265" and takes(worker.get_dashboard_url)


def bounds_packages() -> bool:
    return 2**20 < head.most_bytes_of_a_package() <= 2**32


def starts_processes_ahead() -> bool:
    """By the call that a raylet takes, here one that only listens."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc
    from ray.core.generated import node_manager_pb2, node_manager_pb2_grpc

    asked: list[Any] = []

    class Listening(node_manager_pb2_grpc.NodeManagerServiceServicer):  # type: ignore[misc]
        def PrestartWorkers(self, request: Any, context: Any) -> Any:  # noqa: N802 - its name there
            own = request.runtime_env_info.serialized_runtime_env
            asked.append((request.num_workers, own, dict(context.invocation_metadata()).get("authorization")))
            return node_manager_pb2.PrestartWorkersReply()

    server = grpc.server(ThreadPoolExecutor(1))
    node_manager_pb2_grpc.add_NodeManagerServiceServicer_to_server(Listening(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    here = {"NodeID": "a", "NodeManagerAddress": "127.0.0.1", "NodeManagerPort": port}
    context = SimpleNamespace(get_node_id=lambda: "a")
    try:
        with patch.object(ray, "nodes", lambda: [here]), patch.object(ray, "get_runtime_context", lambda: context):
            fresh.start_processes(3)
            fresh.start_processes(1, {"A": "no"})
            fresh.start_processes(1, {"A": "no"}, of_actor=True)
            server.stop(0).wait()
            with pytest.raises(OSError, match=r"Ray starts none ahead \(UNAVAILABLE\)"):
                fresh.start_processes(1)
    finally:
        server.stop(0)
    token = tokens.headers().get("authorization")
    return asked == [(3, "", token), (1, '{"env_vars": {"A": "no"}}', token), (1, '{"env_vars":{"A":"no"}}', token)]


def knows_tokens() -> bool:
    from ray._private.authentication import authentication_token_setup

    used, shown = tokens.uses_token(), tokens.headers()
    tokens.look_again()
    return (
        isinstance(tokens.has_token(), bool)
        and {len(tokens.new_token()) for _ in range(2)} == {64}
        and tokens.new_token() != tokens.new_token()
        and (set(shown) == {"authorization"} if used else shown == {})
        and takes(authentication_token_setup._enable_token_auth)
        and takes(tokens._loader().has_token, ignore_auth_mode=True)
    )


def caches_workers() -> bool:
    from ray.tune.execution import tune_controller
    from ray.tune.registry import _global_registry
    from ray.tune.utils.object_cache import _ObjectCache

    get, contains = _global_registry.get, _global_registry.contains
    with fit_for_short_trials():
        replaced = isinstance(tune_controller._ObjectCache(may_keep_one=True), WorkerCache)
        replaced = replaced and _global_registry.get != get and _global_registry.contains != contains
        replaced = replaced and isinstance(tune_controller._ActorClassCache(), ActorClasses)
    lender: Any = object()
    with fit_for_short_trials(lender=lender):
        replaced = replaced and isinstance(tune_controller.PlacementGroupResourceManager(), DirectResources)
    own = {"cache_object", "flush_cached_objects", "pop_cached_object", "has_cached_object", "increase_max"}
    names = {"_ObjectCache", "_ActorClassCache", "PlacementGroupResourceManager"}
    return (
        replaced
        and own <= set(dir(_ObjectCache))
        and {"_cached_objects", "_num_cached_objects"} <= set(vars(_ObjectCache()))
        and names <= {*tune_controller.TuneController.__init__.__code__.co_names}
        and {"get", "_cache"} <= {*dir(ActorClasses), *vars(ActorClasses())}
    )


def marks_its_own_lines() -> bool:
    from ray._private import ray_constants

    marks = ray_constants.LOG_PREFIX_JOB_ID, ray_constants.LOG_PREFIX_ACTOR_NAME, ray_constants.LOG_PREFIX_TASK_NAME
    return tuple(mark.encode() for mark in marks) == printed._OF_RAY


BARE, STARTING, HEAD, TOKENS, FRESH = (
    f"sweep/ray_private/{name}.py" for name in ("bare", "starting", "head", "tokens", "fresh")
)
PARTS = [
    (
        STARTING,
        Part(
            "worker.connect, utils.set_sigterm_handler, services.ConsolePopen",
            connects_by_what_is_put_there,
            "Ctrl-C and SIGTERM, which would end the sweep without its study and report",
        ),
    ),
    (
        STARTING,
        Part("utils.get_entrypoint_name", names_this_process, "keeping secrets of the command line to ourselves"),
    ),
    (
        STARTING,
        Part(
            "services.resolve_ip_for_localhost, ray.init(_node_ip_address=)",
            stays_on_loopback,
            "a local Ray that nobody on another machine reaches",
        ),
    ),
    (
        STARTING,
        Part(
            "auto_init_hook.enable_auto_connect",
            starts_by_call_alone,
            "leaving a dead Ray, which hanging calls would start anew",
        ),
    ),
    (
        BARE,
        Part(
            "parameter.RayParams, Node.start_api_server, services.start_ray_process, _raylet.persist_port",
            starts_no_onlookers,
            "a start without processes that nothing here asks; a sweep would begin seconds later",
        ),
    ),
    (
        "sweep/ray_private/scripts/setup_worker.py",
        Part(
            "runtime_env.context.RuntimeEnvContext",
            begins_processes_with_variables,
            "processes for stages, each of which would import Ray twice",
        ),
    ),
    (
        FRESH,
        Part(
            "core.generated.node_manager_pb2_grpc, utils.get_runtime_env_info",
            starts_processes_ahead,
            "a second run, and one on a Ray that is kept, which need not wait for processes",
        ),
    ),
    (STARTING, Part("Node.kill_all_processes", tells_of_disconnection, "signals while Ray is left")),
    (HEAD, Part("services.find_bootstrap_address, find_gcs_addresses", finds_a_head, "--address auto")),
    (HEAD, Part("_raylet.GcsClient", asks_a_head, "why a cluster cannot be reached, within seconds")),
    (
        HEAD,
        Part("worker._global_node, Node.dead_processes", tells_of_dead_processes, "seeing that Ray itself has died"),
    ),
    (HEAD, Part("worker.get_dashboard_url", links_the_dashboard, "the link to Ray's dashboard")),
    (HEAD, Part("packaging.GCS_STORAGE_MAX_SIZE", bounds_packages, "refusing what is too large before it is sent")),
    (
        TOKENS,
        Part(
            "_raylet.AuthenticationTokenLoader, AuthenticationMode, ray._private.authentication",
            knows_tokens,
            "the private token of a local Ray, and that of a cluster",
        ),
    ),
    (
        "sweep/ray_private/tune_controller.py",
        Part(
            "tune_controller._ObjectCache, PlacementGroupResourceManager, registry._global_registry",
            caches_workers,
            "warm workers; every trial would start a process, or every sweep of a process",
        ),
    ),
    (
        "sweep/worker/printed.py",
        Part("ray_constants.LOG_PREFIX_*", marks_its_own_lines, "what a trial printed, without Ray's lines"),
    ),
]


@pytest.mark.parametrize(("file", "part"), PARTS, ids=[part.is_known.__name__ for _, part in PARTS])
def test_ray_is_inside_what_it_was(file: str, part: Part) -> None:
    assert ray.__version__
    check("ray", file, part)


def test_what_is_not_registered_yet_is_asked_for_again() -> None:
    there: list[str] = []
    asked: list[str] = []

    def contains(category: str, key: str) -> bool:
        asked.append(f"{category} {key}")
        return key in there

    known = once_true(contains)
    assert not known("trainable", "ours")
    there.append("ours")
    assert [known("trainable", key) for key in ("ours", "ours", "another")] == [True, True, False]
    assert asked == ["trainable ours", "trainable ours", "trainable another"]
