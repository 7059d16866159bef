"""``python -m benchmarks.peers NAME FOLDER OUT``: run one side on the folder's ``work.json`` and ``arrays.npz``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks.work import Work

if __name__ == "__main__":
    name, folder, out = sys.argv[1:]
    peer = importlib.import_module(f"benchmarks.peers.{name}")
    peer.run(Work.read(Path(folder) / "work.json"), Path(folder) / "arrays.npz").write(Path(out))
