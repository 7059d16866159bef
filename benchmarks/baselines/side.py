"""``python -m benchmarks.baselines.side SET SEED SIDE SECONDS OUT [DATA]``: one side in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.baselines.sets import SETS
from benchmarks.peers.fitting import use_threads

__all__ = ["PLAIN"]

PLAIN = {
    "fit once": (1, False, 1),
    "fit once, all": (1, True, 1),
    "fit twice as long, all": (2, True, 1),
    "fit three, all, ensemble": (1, True, 3),
}
"""Side -> times the passes of a trial, whether on training and validation pictures together, and how many networks."""


def main() -> None:
    began = time.time()
    name, seed, side, seconds, out, *data = sys.argv[1:]
    use_threads(2)
    experiment = next(each for each in SETS if each.name == name).experiment(int(seed), Path(data[0]) if data else None)
    if side in PLAIN:
        from benchmarks.baselines.plain import fit_once

        found = fit_once(experiment, *PLAIN[side])
    else:
        from benchmarks.baselines.keras_tuner_search import search

        found = search(experiment, began + float(seconds))
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
