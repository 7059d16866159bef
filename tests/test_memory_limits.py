from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnsearch.memory_limits import group_limits

NEW = {"memory.max": "5000", "memory.current": "4000", "memory.stat": "anon 3\ninactive_file 700\n"}
OLD = {
    "memory.limit_in_bytes": "5000",
    "memory.usage_in_bytes": "1000",
    "memory.stat": "cache 4\ntotal_inactive_file 5\n",
}


@pytest.mark.parametrize(
    ("own", "folder", "files", "found"),
    [
        ("0::/\n", ".", NEW, [(5000, 1700)]),
        ("0::/slurm/job_7\n", "slurm/job_7", NEW, [(5000, 1700)]),
        ("0::/slurm/job_7/step_0\n", "slurm/job_7", NEW, [(5000, 1700)]),
        ("0::/../../other\n", ".", NEW, [(5000, 1700)]),
        ("0::/\n", ".", {**NEW, "memory.current": "6000", "memory.stat": ""}, [(5000, 0)]),
        ("0::/\n", ".", {**NEW, "memory.max": "max\n"}, []),
        ("0::/\n", "another", NEW, []),
        ("4:cpu,memory:/docker/a\n0::/\n", "memory/docker/a", OLD, [(5000, 4005)]),
        ("4:memory:/docker/a\n0::/\n", "memory", OLD, [(5000, 4005)]),
        ("4:memory:/\n", "memory", {**OLD, "memory.limit_in_bytes": "9223372036854771712"}, []),
        ("nonsense", ".", NEW, [(5000, 1700)]),
        (None, ".", NEW, [(5000, 1700)]),
    ],
)
def test_the_limits_of_a_group_and_of_those_around_it(
    tmp_path: Path, own: str | None, folder: str, files: dict[str, str], found: list[tuple[int, int]]
) -> None:
    root, told = tmp_path / "cgroup", tmp_path / "own"
    (root / folder).mkdir(parents=True)
    for name, content in files.items():
        (root / folder / name).write_text(content)
    if own is not None:
        told.write_text(own)
    limits = group_limits(root, told)
    assert [(limit.most, limit.free) for limit in limits] == found
    assert {limit.what for limit in limits} <= {"the memory limit of this process' group (cgroup)"}


def test_ulimit_is_read() -> None:
    """In a process of its own: a limit cannot be taken back."""
    code = (
        "import resource; from cnnsearch.memory_limits import address_limit; print(address_limit()); "
        "resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, resource.RLIM_INFINITY)); print(address_limit())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0] == "None"
    assert said[1].startswith("the limit of a process' addresses (ulimit -v) is 3.0 GB, of which ")
