"""Fresh processes of Ray's, which are started ahead and have done nothing yet.

A process that has run a task is given to no actor, nor one of an earlier driver to the next, so Ray must be asked for
others: by the call with which its own workers ask, as its Python has no function for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cnnsearch.sweep.ray_private import tokens

__all__ = ["start_processes"]

_KEPT_ALIVE = 60
"""Seconds for which Ray ends none of them; later those beyond ``RAY_num_workers_soft_limit``."""

_ANSWERS = 10.0


def start_processes(count: int, variables: Mapping[str, str] | None = None, of_actor: bool = False) -> None:
    """Have Ray start idle processes on this node, for whichever driver comes; waits for none.

    Args:
        count: of them.
        variables: of an environment of their own, as tasks and actors name it that are to have them.
        of_actor: they are for tasks of an actor that has these variables itself. Ray's C++ joins both environments and
            writes the same in other letters than its Python, and it compares letters.

    Raises:
        OSError: it does not take the call; says why.
    """
    import grpc
    import ray
    from ray._private.utils import get_runtime_env_info
    from ray.core.generated import common_pb2, node_manager_pb2, node_manager_pb2_grpc
    from ray.runtime_env import RuntimeEnv

    here = ray.get_runtime_context().get_node_id()
    node = next(each for each in ray.nodes() if each["NodeID"] == here)
    own = {}
    if variables is not None:
        own["runtime_env_info"] = info = get_runtime_env_info(RuntimeEnv(env_vars=dict(variables)))
        if of_actor:
            joined = json.loads(info.serialized_runtime_env)
            info.serialized_runtime_env = json.dumps(joined, separators=(",", ":"), sort_keys=True)
    request = node_manager_pb2.PrestartWorkersRequest(
        language=common_pb2.Language.PYTHON, num_workers=count, keep_alive_duration_secs=_KEPT_ALIVE, **own
    )
    address = f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}"
    token = tuple((name.lower(), value) for name, value in tokens.headers().items())
    with grpc.insecure_channel(address, options=(("grpc.enable_http_proxy", 0),)) as channel:
        stub = node_manager_pb2_grpc.NodeManagerServiceStub(channel)
        try:
            stub.PrestartWorkers(request, metadata=token, timeout=_ANSWERS)
        except grpc.RpcError as error:
            raise OSError(f"Ray starts none ahead ({error.code().name})") from None
