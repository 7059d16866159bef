"""Requests are fetched once, whatever the storage does meanwhile."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import StorageError
from cnnsearch.study.control.requests import Request, Stop, StopTrial, put
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.inbox import Inbox


def test_each_request_is_fetched_once_and_an_outage_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, outages = LocalStore(tmp_path), [StorageError("it is away")] * 2
    entries = LocalStore.entries

    def listed(self: LocalStore, below: str = "") -> Any:
        if outages:
            raise outages.pop()
        return entries(self, below)

    monkeypatch.setattr(LocalStore, "entries", listed)
    requests = [Request.of(StopTrial(3)), Request.of(Stop())]
    inbox, found = Inbox(store, every=0.005), []
    for request in requests:
        put(store, request)
    until = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < until:
        found += inbox.fetched()
        time.sleep(0.005)
    time.sleep(0.05)
    assert list(inbox.fetched()) == []
    inbox.close()
    assert found == requests
    assert caplog.text.count("it is away") == 1
