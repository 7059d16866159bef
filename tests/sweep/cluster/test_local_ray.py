"""Who else may reach a Ray that was started on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.sweep.cluster.local_ray import keep_token_private
from cnnsearch.sweep.ray_private.starting import on_loopback


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of a user whose files everybody may read, and whose Ray has no token yet."""
    from ray import _raylet

    class Loader:
        @classmethod
        def instance(cls) -> Loader:
            return cls()

        def has_token(self, ignore_auth_mode: bool) -> bool:
            assert ignore_auth_mode
            return (tmp_path / ".ray" / "auth_token").exists()

        def reset_cache(self) -> None:
            pass

    monkeypatch.setattr(_raylet, "AuthenticationTokenLoader", Loader)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    mask = os.umask(0)
    yield tmp_path
    os.umask(mask)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_token_is_private_before_it_is_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def chmod(*_: Any, **__: Any) -> None:
        raise AssertionError("it was open to others until now")

    monkeypatch.setattr(os, "chmod", chmod)
    keep_token_private()
    token = home / ".ray" / "auth_token"
    assert (mode(token), mode(token.parent)) == (0o600, 0o700)
    assert len(token.read_text()) == 64
    before = token.read_text()
    keep_token_private()
    assert token.read_text() == before


def test_one_that_ray_left_open_is_narrowed_and_told(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    token = home / ".ray" / "auth_token"
    token.parent.mkdir()
    token.write_text("made by Ray")
    keep_token_private()
    assert (mode(token), token.read_text()) == (0o600, "made by Ray")
    told = f"{token}, the token of your Rays, could be read by others on this machine; now by you alone"
    assert caplog.messages == [told]
    keep_token_private()
    assert caplog.messages == [told]


def test_where_no_token_is_wanted_none_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    keep_token_private()
    assert not (home / ".ray").exists()


def test_loopback_stays_loopback() -> None:
    from ray._private import services

    with on_loopback() as options:
        assert options == {"_node_ip_address": "127.0.0.1"}
        assert services.resolve_ip_for_localhost(options["_node_ip_address"]) == "127.0.0.1"
