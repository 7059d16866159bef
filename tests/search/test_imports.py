from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import cnnsearch.experiment, cnnsearch.search.schedulers
assert not {"ray", "tensorflow", "keras", "optuna"} & set(sys.modules)
import cnnsearch.search.simulation
assert not {"ray", "tensorflow", "keras"} & set(sys.modules)
"""


def test_an_experiment_and_its_schedulers_need_nothing_heavy_and_a_search_no_ray_or_tensorflow() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True)
