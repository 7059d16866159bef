from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from cnnsearch.study.environment import PACKAGES, describe_environment, package_versions


def git(*arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_says_what_the_sweep_ran_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cnnsearch", "run", "a b.yaml"])
    described = json.loads(json.dumps(describe_environment({"fingerprint": "abc"})))
    assert described["format"] == 1
    assert described["dataset"] == {"fingerprint": "abc"}
    assert described["command"] == ["cnnsearch", "run", "a b.yaml"]
    assert described["python"] == sys.version.split()[0]
    assert described["cpus"] >= 1
    assert described["memory_bytes"] > 2**20
    assert datetime.fromisoformat(described["started"]).utcoffset() is not None


def test_versions_are_those_installed() -> None:
    import numpy as np

    assert list(package_versions()) == list(PACKAGES)
    assert package_versions()["numpy"] == np.__version__
    missing = "no-such-package-of-anyone"
    assert package_versions(("numpy", missing)) == {"numpy": np.__version__, missing: None}


def test_the_commit_says_whether_there_are_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert describe_environment({})["git_commit"] is None
    git("init")
    assert describe_environment({})["git_commit"] is None
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "a")
    commit = git("rev-parse", "HEAD")
    assert describe_environment({})["git_commit"] == commit
    (tmp_path / "a").write_text("2")
    assert describe_environment({})["git_commit"] == f"{commit}-dirty"


def test_no_git_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert describe_environment({})["git_commit"] is None
