"""An exported model in a Python that has Keras and nothing of cnnsearch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

__all__ = ["predict_elsewhere"]

_LOAD = """
import sys


class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cnnsearch", "ray", "optuna"):
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Guard())
import keras
import numpy as np

pictures = np.load(sys.argv[2])
probabilities = keras.models.load_model(sys.argv[1]).predict(pictures["x"], verbose=0)
assert not [name for name in sys.modules if name.partition(".")[0] == "cnnsearch"]
np.savez(sys.argv[3], probabilities=probabilities)
"""


def predict_elsewhere(model: Path, x: np.ndarray, folder: Path) -> np.ndarray:
    """Probabilities ``(n, classes)`` that the model file gives for the pictures ``x``; files go to ``folder``."""
    np.savez(folder / "pictures.npz", x=x)
    command = [sys.executable, "-I", "-W", "ignore", "-c", _LOAD, model, folder / "pictures.npz", folder / "told.npz"]
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "told.npz") as told:
        return np.array(told["probabilities"])
