"""One side, in a process of its own: ``python -m benchmarks.data.reading SIDE FOLDER CACHE SIDE_OF_PICTURES``."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["SIDES"]

_SAMPLED = 0.05


def _ours(decoding: str) -> Callable[[str, str, int], int]:
    def read(folder: str, cache: str, side: int) -> int:
        from cnnsearch.cache.cache import Cache, cached_in
        from cnnsearch.data.dataset import load_dataset
        from cnnsearch.data.sources.spec import DirectorySource

        source = DirectorySource(source="directory", path=folder, image_size=side, decoding=decoding)
        with cached_in(Cache(Path(cache), 2**40)):
            return len(load_dataset(source).pictures)

    return read


def _keras(folder: str, _: str, side: int) -> int:
    from keras.utils import image_dataset_from_directory

    read = image_dataset_from_directory(folder, image_size=(side, side), batch_size=64, shuffle=False, verbose=False)
    return sum(len(y) for _, y in read)


SIDES = {"reduced": _ours("reduced"), "full": _ours("full"), "keras": _keras}


def main() -> None:
    side, folder, cache, size = sys.argv[1:]
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if side == "keras":
        import keras  # noqa: F401 - its import is not what is measured
    else:
        import cnnsearch.data.dataset  # noqa: F401 - likewise
    before, peak, ended = _private(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(_SAMPLED):
            peak = max(peak, _private() - before)

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    count = SIDES[side](folder, cache, int(size))
    seconds = time.perf_counter() - started
    ended.set()
    watching.join()
    print(json.dumps({"seconds": seconds, "pictures": count, "bytes": count * int(size) ** 2 * 3, "private": peak}))


def _private() -> int:
    """Bytes that nothing but this process and those that it has started can give back, and shared memory that they have
    touched.
    """
    children = [child for file in Path("/proc/self/task").glob("*/children") for child in file.read_text().split()]
    return sum(_private_of(process) for process in ("self", *children))


def _private_of(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon", "RssShmem")))


if __name__ == "__main__":
    main()
