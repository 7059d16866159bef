"""A server that speaks S3, in a process of its own on this machine."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment with which it is reached: of this process, and of workers that it starts."""

CLOSED = "s3://bucket/studies?scheme=http&endpoint_override=127.0.0.1:1"
"""Where no server listens."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The server's address, ``127.0.0.1:PORT``."""
    with tempfile.NamedTemporaryFile() as told:  # it tells of every request, so a pipe would fill up
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told) as server:
            try:
                yield _address(server, Path(told.name))
            finally:
                server.kill()


def _address(server: subprocess.Popen[bytes], told: Path) -> str:
    while server.poll() is None:
        found = re.search(r"Running on http://(127\.0\.0\.1:\d+)\s", told.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError("the server has ended")


def new_bucket(server: str) -> str:
    """The URI of a folder in a new bucket."""
    from pyarrow.fs import FileSystem

    name = f"b-{uuid.uuid4().hex}"
    query = f"scheme=http&endpoint_override={server}"
    files, _ = FileSystem.from_uri(f"s3://{name}?{query}&allow_bucket_creation=true")
    files.create_dir(name)
    return f"s3://{name}/studies?{query}"
