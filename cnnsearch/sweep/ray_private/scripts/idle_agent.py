"""Stands for the dashboard's agent, which a raylet will not do without: it serves nobody, and ends with the raylet."""

import os
import time

_LOOKED = 1.0

if __name__ == "__main__":
    # A raylet tells its number: it may have ended before this line, and then somebody else is the parent.
    raylet = int(os.environ.get("RAY_RAYLET_PID", os.getppid()))
    while os.getppid() == raylet:
        time.sleep(_LOOKED)
