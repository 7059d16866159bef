"""Ray's tokens: without the right one, no process connects to a cluster that wants one."""

from __future__ import annotations

from typing import Any

__all__ = ["has_token", "headers", "look_again", "new_token", "use_token", "uses_token"]


def has_token() -> bool:
    """Whether this user has a token, whatever RAY_AUTH_MODE says."""
    return bool(_loader().has_token(ignore_auth_mode=True))


def look_again() -> None:
    """A token has been written since Ray looked for one."""
    _loader().reset_cache()


def uses_token() -> bool:
    """Whether this process shows its token to whom it connects."""
    from ray import _raylet

    raylet: Any = _raylet
    return bool(raylet.get_authentication_mode() == raylet.AuthenticationMode.TOKEN)


def use_token() -> None:
    """Show it from now on."""
    from ray._private.authentication import authentication_token_setup

    authentication_token_setup._enable_token_auth()


def new_token() -> str:
    """One that nobody has."""
    from ray._private.authentication.authentication_token_generator import generate_new_authentication_token

    return str(generate_new_authentication_token())


def headers() -> dict[str, str]:
    """What shows the token to a cluster's job server; empty where none is used."""
    from ray._private.authentication.http_token_authentication import get_auth_headers_if_auth_enabled

    return dict(get_auth_headers_if_auth_enabled({}))


def _loader() -> Any:
    from ray import _raylet

    raylet: Any = _raylet
    return raylet.AuthenticationTokenLoader.instance()
