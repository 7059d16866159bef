"""Data at addresses: downloaded once, gone on with, checked; and what is said where there is no network."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from cnnsearch import Experiment
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.sources.remote import download, kept_files
from cnnsearch.data.sources.remote.download import DownloadError, downloaded, place_of
from cnnsearch.data.sources.remote.kept_files import kept
from cnnsearch.data.sources.spec import CsvSource, UrlSource
from cnnsearch.errors import InputError
from cnnsearch.sweep.data import pinned


def png(level: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (4, 4), level).save(stream, "png")
    return stream.getvalue()


class Server:
    """Files by their paths; ``cut`` ends the next answers after so many bytes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.cut: list[int] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Range")))
                content = outer.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                mark = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
                start = 0
                if self.headers.get("Range") and self.headers.get("If-Range") == mark:
                    start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
                if start >= len(content) > 0:
                    self.send_error(416)
                    return
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.send_header("ETag", mark)
                self.end_headers()
                end = outer.cut.pop(0) if outer.cut else len(content)
                self.wfile.write(content[start:end])

            def log_message(self, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    served = Server()
    yield served
    served.close()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(6):
            archive.writestr(zipfile.ZipInfo(f"{'ab'[number % 2]}/{number}.png"), png(number))
    return stream.getvalue()


def levels(source: Any) -> list[int]:
    pictures = load_dataset(source).pictures
    return sorted(int(picture[0, 0, 0]) for picture in pictures.read(np.arange(len(pictures))))


def test_it_is_downloaded_once(server: Server) -> None:
    server.files["/a.zip"] = zipped()
    source = UrlSource(source="url", url=f"{server.root}/a.zip")
    assert levels(source) == levels(source) == list(range(6))
    assert server.asked == [("/a.zip", None)]
    assert place_of(source.url).read_bytes() == server.files["/a.zip"]


def test_what_is_there_is_read_where_nothing_may_be_written(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files["/a.tar.gz"] = b"content"

    def read_only(path: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    first = downloaded(f"{server.root}/a.tar.gz")
    unpacked = kept(first.path.parent / "b.tar", lambda _: None)
    monkeypatch.setattr(download, "FileLock", read_only)
    monkeypatch.setattr(kept_files, "FileLock", read_only)
    assert downloaded(f"{server.root}/a.tar.gz") == first
    assert kept(unpacked, lambda _: None) == unpacked
    with pytest.raises(DownloadError, match=r"cannot be kept in .*: Read-only file system"):
        downloaded(f"{server.root}/b.tar.gz")


def test_what_was_begun_is_gone_on_with(server: Server) -> None:
    content = server.files["/a.bin"] = np.random.default_rng(0).bytes(1_000_000)
    server.cut = [600_000]
    found = downloaded(f"{server.root}/a.bin")
    assert found.path.read_bytes() == content
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert [part for _, part in server.asked] == [None, "bytes=600000-"]
    assert sorted(path.name for path in found.path.parent.iterdir()) == ["a.bin", "a.bin.lock"]


def test_what_had_come_whole_when_it_was_ended_is_had_all_the_same(server: Server) -> None:
    content = server.files["/a.bin"] = bytes(1000)
    path = place_of(f"{server.root}/a.bin")
    path.parent.mkdir(parents=True)
    path.with_name("a.bin.part").write_bytes(content)
    path.with_name("a.bin.part.mark").write_text(f'"{hashlib.sha256(content).hexdigest()[:8]}"')
    assert downloaded(f"{server.root}/a.bin").path.read_bytes() == content


def test_what_has_changed_meanwhile_is_begun_anew(server: Server) -> None:
    server.files["/a.bin"] = bytes(1000)
    server.cut = [600, 600, 600]
    with pytest.raises(DownloadError, match="cannot be downloaded: the connection ended after 600 of 1,000 bytes"):
        downloaded(f"{server.root}/a.bin")
    server.files["/a.bin"] = b"new" * 300
    assert downloaded(f"{server.root}/a.bin").path.read_bytes() == b"new" * 300


def test_another_content_than_asked_for_is_refused(server: Server) -> None:
    server.files["/a.zip"] = zipped()
    right = hashlib.sha256(zipped()).hexdigest()
    source = UrlSource(source="url", url=f"{server.root}/a.zip", sha256=right.upper())
    assert levels(source) == list(range(6))
    with pytest.raises(InputError, match=f"dataset.url: has the sha256 {right}, and {'0' * 64} is asked for"):
        load_dataset(source.model_copy(update={"sha256": "0" * 64}))


def test_a_study_keeps_the_content_that_was_found(server: Server) -> None:
    server.files["/a.zip"] = zipped()
    keys = {"name": "a", "space": {"learning_rate": 0.01}}
    experiment = pinned(Experiment(dataset={"source": "url", "url": f"{server.root}/a.zip"}, **keys))
    assert experiment.dataset.sha256 == hashlib.sha256(zipped()).hexdigest()  # type: ignore[union-attr]
    assert pinned(experiment) is experiment


def test_without_a_network_it_is_said_where_a_file_may_be_put(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{server.root}/gone.zip"
    place = place_of(url)
    with pytest.raises(InputError, match=f"404 Not Found. Without a network, put .* yourself: {re.escape(str(place))}"):
        load_dataset(UrlSource(source="url", url=url))
    refused = "http://127.0.0.1:9/a.zip"
    monkeypatch.setattr(download, "_TRIES", 1)
    with pytest.raises(InputError, match=r"cannot be downloaded: .*refused.* put the file in place yourself"):
        load_dataset(UrlSource(source="url", url=refused))
    place_of(refused).write_bytes(zipped())
    assert levels(UrlSource(source="url", url=refused)) == list(range(6))


def test_a_table_of_addresses(server: Server, tmp_path: Path) -> None:
    for number in range(5):
        server.files[f"/set/{number}.png"] = png(number)
    rows = [f"{number}.png;{'ab'[number % 2]}" for number in range(6)]
    server.files["/set/list.csv"] = "\n".join(["path;label", *rows]).encode()
    dataset = load_dataset(UrlSource(source="url", url=f"{server.root}/set/list.csv", max_unreadable=0.2))
    assert dataset.unreadable == ("5.png: cannot be downloaded: 404 Not Found",)
    assert dataset.targets.values.tolist() == [0, 1, 0, 1, 0]
    (tmp_path / "own.csv").write_text(f"path,label\n{server.root}/set/0.png,a\n{server.root}/set/1.png,b\n")
    before = len(server.asked)
    assert levels(CsvSource(source="csv", path=str(tmp_path / "own.csv"))) == [0, 1]
    assert len(server.asked) == before, "they are here already"


def test_a_parquet_file_at_an_address(server: Server) -> None:
    import pyarrow
    from pyarrow import parquet

    stream = io.BytesIO()
    columns = {"picture": [png(level) for level in range(6)], "label": ["a", "b"] * 3}
    parquet.write_table(pyarrow.table(columns), stream)
    server.files["/set"] = stream.getvalue()  # known by its content, whatever its name
    assert levels(UrlSource(source="url", url=f"{server.root}/set", image_column="picture")) == [0, 1, 2, 3, 4, 5]
    with pytest.raises(InputError, match=r"dataset.url: has no column 'image'; its columns: picture, label"):
        load_dataset(UrlSource(source="url", url=f"{server.root}/set"))


def test_a_parquet_file_at_an_address_names_pictures_beside_it(server: Server) -> None:
    import pyarrow
    from pyarrow import parquet

    server.files |= {f"/set/{number}.png": png(number) for number in range(6)}
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table({"image": [f"{n}.png" for n in range(6)], "label": ["a", "b"] * 3}), stream)
    server.files["/set/list.parquet"] = stream.getvalue()
    assert levels(UrlSource(source="url", url=f"{server.root}/set/list.parquet")) == [0, 1, 2, 3, 4, 5]


def test_arrays_at_an_address_and_keys_that_are_for_something_else(server: Server) -> None:
    stream = io.BytesIO()
    np.savez(stream, x=np.zeros((6, 4, 4), np.uint8), y=list("ababab"))
    server.files["/data"] = stream.getvalue()
    source = UrlSource(source="url", url=f"{server.root}/data")
    assert len(load_dataset(source).pictures) == 6
    with pytest.raises(
        InputError, match=r"dataset\.color: is not read: .*/data is of the kind 'npz', which has no such"
    ):
        load_dataset(source.model_copy(update={"color": "grey"}))


@pytest.mark.usefixtures("server")
def test_a_file_address_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a b.zip").write_bytes(zipped())
    assert levels(UrlSource(source="url", url=(tmp_path / "a b.zip").as_uri())) == list(range(6))
    assert not (tmp_path / "cache").exists()
    with pytest.raises(InputError, match=r"there is no such file \(got 'file:///gone'\)"):
        load_dataset(UrlSource(source="url", url="file:///gone"))


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "ftp://a/b.zip"},
        {"url": "a.zip"},
        {"url": "https://me:secret@a/b.zip"},
        {"url": "https://a/b.zip", "sha256": "12"},
    ],
)
def test_refused_keys(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UrlSource(source="url", **keys)
