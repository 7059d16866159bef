"""What each node must have: answers of nodes, without Ray."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cnnsearch.errors import InputError
from cnnsearch.sweep.cluster import node_check
from cnnsearch.sweep.cluster.node_check import _Told, check_nodes


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[_Told]:
    """What the nodes of a cluster of two will answer."""
    told: list[_Told] = []

    class Ask:
        def options(self, **_: object) -> Ask:
            return self

        def remote(self, mark: str | None) -> bool:
            return mark is None or Path(mark).is_file()

    monkeypatch.setattr(node_check.ray, "nodes", lambda: [{"NodeID": "ab" * 28, "Alive": True}] * 2)
    monkeypatch.setattr(node_check, "_ask", Ask())
    monkeypatch.setattr(node_check, "_answers", lambda asked: told if all(asked) else [])
    return told


def test_a_node_that_does_not_see_the_folder_is_named(answers: list[_Told], tmp_path: Path) -> None:
    answers += [_Told("head", True, None), _Told("far", False, None)]
    with pytest.raises(InputError, match="every node sees under the same path; it is not there on far"):
        check_nodes(tmp_path / "studies")
    assert list(tmp_path.iterdir()) == []  # nothing is left where nothing was started


def test_nothing_is_left_in_the_folder(answers: list[_Told], tmp_path: Path) -> None:
    answers += [_Told("head", True, None), _Told("far", True, None)]
    (tmp_path / "study").mkdir()
    check_nodes(tmp_path)
    check_nodes(None)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_folder_that_cannot_be_made(answers: list[_Told], tmp_path: Path) -> None:  # noqa: ARG001
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--output: cannot be written"):
        check_nodes(tmp_path / "file" / "studies")


def test_little_shared_memory_is_named(answers: list[_Told], caplog: pytest.LogCaptureFixture) -> None:
    answers += [_Told("pod", True, 64 * 2**20), _Told("fine", True, 4 * 2**30), _Told("mac", True, None)]
    with caplog.at_level(logging.WARNING):
        check_nodes(None)
    (told,) = caplog.messages
    assert told.startswith("pod has 0.06 GB of /dev/shm, where Ray's object store lies: start its container with")
