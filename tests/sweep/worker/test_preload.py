"""What an idle process of Ray's has imported before it is given work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_CODE = """
import sys, threading
class Never(threading.Thread):
    def start(self): print("thread")
threading.Thread = Never
import cnnsearch.sweep.worker.preload
print(*sorted(name for name in {names} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("yes", "thread\ncnnsearch.sweep.stages.stages cnnsearch.sweep.worker.trainable cnnsearch.training.trial"),
        ("no", "cnnsearch.sweep.stages.stages cnnsearch.training.trial"),
        ("", ""),
    ],
)
def test_what_its_first_work_imports_of_ours_is_there_and_tensorflow_is_not(told: str, expected: str) -> None:
    names = (
        "cnnsearch.sweep.stages.stages",
        "cnnsearch.sweep.worker.trainable",
        "cnnsearch.training.trial",
        "tensorflow",
    )
    code = _CODE.format(names=names)
    environment = {**os.environ, "CNNSEARCH_PRELOAD": told}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
