"""Fresh processes of Ray's, which are started ahead and have done nothing yet.

A process that has run a task is given to no actor, so that Ray must be asked for others: by the call with which its own
workers ask, as its Python has no function for it.
"""

from __future__ import annotations

from cnnsearch.sweep.ray_private import tokens

__all__ = ["start_processes"]

_KEPT_ALIVE = 60
"""Seconds for which Ray ends none of them; later it ends those beyond one a processor, the longest idle first."""

_ANSWERS = 10.0


def start_processes() -> None:
    """Have Ray start an idle process for each processor of this node, on which it was started; waits for none.

    Raises:
        OSError: it does not take the call; says why.
    """
    import grpc
    import ray
    from ray.core.generated import common_pb2, node_manager_pb2, node_manager_pb2_grpc

    here = ray.get_runtime_context().get_node_id()
    node = next(each for each in ray.nodes() if each["NodeID"] == here)
    request = node_manager_pb2.PrestartWorkersRequest(
        language=common_pb2.Language.PYTHON,
        num_workers=int(node["Resources"].get("CPU", 0)),
        keep_alive_duration_secs=_KEPT_ALIVE,
    )
    address = f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}"
    token = tuple((name.lower(), value) for name, value in tokens.headers().items())
    with grpc.insecure_channel(address, options=(("grpc.enable_http_proxy", 0),)) as channel:
        stub = node_manager_pb2_grpc.NodeManagerServiceStub(channel)
        try:
            stub.PrestartWorkers(request, metadata=token, timeout=_ANSWERS)
        except grpc.RpcError as error:
            raise OSError(f"Ray starts none ahead ({error.code().name})") from None
