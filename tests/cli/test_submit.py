"""What ``submit`` refuses before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError

FILE = "name: a\nspace: {filters: {choice: [8, 16]}}\n"


def refused(folder: Path, *options: str, text: str = FILE) -> str:
    (folder / "e.yaml").write_text(text)
    result = CliRunner().invoke(app, ["submit", str(folder / "e.yaml"), "--address", "auto", *options])
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


@pytest.mark.parametrize("options", [[], ["--output", "results"]])
def test_studies_go_where_every_node_sees_them(tmp_path: Path, options: list[str]) -> None:
    assert refused(tmp_path, *options).startswith("--output: must say where studies go, as every node sees it")


def test_the_storage_of_the_experiment_will_do(tmp_path: Path) -> None:
    assert refused(tmp_path, text=FILE + "storage: /shared/studies\n").startswith("--address: must be the cluster's")


@pytest.mark.parametrize("where", ["/shared/studies", "s3://bucket/studies"])
def test_then_the_address_is_looked_at(tmp_path: Path, where: str) -> None:
    assert refused(tmp_path, "--output", where).startswith("--address: must be the cluster's job server")


def test_the_experiment_is_looked_at_first(tmp_path: Path) -> None:
    assert "space.filter: not a parameter" in refused(tmp_path, text="name: a\nspace: {filter: 8}\n")


def test_keys_stand_on_no_command_line(tmp_path: Path) -> None:
    told = refused(tmp_path, "--output", "s3://KEY:SECRET@bucket/studies")
    assert told.startswith("--output: must not hold keys, as it is recorded")
    assert "SECRET" not in told
