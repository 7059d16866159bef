from __future__ import annotations

from pathlib import Path

import pytest
from object_storage import new_bucket

KINDS = ("folder", "objects", "s3")
"""A local folder; objects by fsspec, in files; objects on a server that speaks S3."""


@pytest.fixture(params=KINDS)
def output(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Path or URI of an empty place for studies, of each kind."""
    if request.param == "folder":
        return str(tmp_path)
    if request.param == "objects":
        return f"local://{tmp_path}"
    return new_bucket(request.getfixturevalue("s3"))
