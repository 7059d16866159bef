from __future__ import annotations

from pathlib import Path

import pytest

from cnnsearch.errors import InputError
from cnnsearch.study.store.location import checked, is_uri, joined, last_part


@pytest.mark.parametrize(
    ("location", "name", "whole"),
    [
        ("/results", "a", "/results/a"),
        ("/results", "", "/results"),
        ("s3://bucket", "a", "s3://bucket/a"),
        ("s3://bucket/results/", "a/b.json", "s3://bucket/results/a/b.json"),
        ("s3://bucket/results?region=x&scheme=http", "a", "s3://bucket/results/a?region=x&scheme=http"),
        ("local:///folder", "a", "local:///folder/a"),
    ],
)
def test_joined(location: str, name: str, whole: str) -> None:
    assert joined(location, name) == whole
    assert last_part(whole) == (name.rpartition("/")[2] or "results")


def test_local_ones_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked("results", "storage") == str(tmp_path / "results")
    assert checked(f"file://{tmp_path}/a", "storage") == str(tmp_path / "a")
    assert not is_uri(f"file://{tmp_path}")
    assert not is_uri("a:b")
    assert is_uri("gs://bucket")


def test_uris_keep_their_query_and_lose_their_last_slash() -> None:
    assert checked("s3://bucket/x/?region=eu", "storage") == "s3://bucket/x?region=eu"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("s3://KEY:SECRET@bucket/x", r"storage: must not hold keys.*\(got 's3://<hidden>@bucket/x'\)"),
        ("s3://bucket/x?secret_key=SECRET", "storage: must not hold keys"),
        ("s3:///x", "storage: needs a bucket, as s3://bucket/folder"),
        ("\0", "storage: is no path"),
    ],
)
def test_others_are_refused(uri: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        checked(uri, "storage")
    assert "SECRET" not in str(refused.value)
