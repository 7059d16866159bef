"""The page on compression: one row a model, from the last time that it was measured; what is left out is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.compression.command import main
from benchmarks.compression.measuring import GROUPS, measure
from benchmarks.compression.ranks.page import Ranks, ranks_of, render_ranks
from benchmarks.compression.sets import SETS


def line(name: str, **others: Any) -> str:
    told = {
        **{"set": "digits", "group": "quantized", "command": "cnnsearch compress digits", "seconds": 9.0, "load": 0.1},
        **{"date": "2026-01-02T03:04+00:00", "pictures": 400, "machine": "a machine", "versions": {"keras": "3"}},
        **{"name": name, "metrics": {"accuracy": {"value": 0.9}}, "agreement": None, "calibration_error": 0.02},
        **{"loss": None, "bytes": 1000, "gzipped": 900, "smaller": 1.0, "faster": 1.0, "parameters": 50, "macs": None},
        **{"latency_ms": {"1": {"median": 0.5, "p95": 0.75}}, "filters_gone": None, "untimed": {}, "runtimes": []},
        **others,
    }
    return json.dumps(told) + "\n"


def test_the_page_is_made_of_what_was_measured(tmp_path: Path) -> None:
    loss = {"value": 0.25, "low": -0.5, "high": 1.0, "p_value": 0.4}
    lines = [
        line("float32", untimed={"Keras": "it is slow"}, failed=["error: float16 could not be made: it is small"]),
        line("int8", bytes=1, failed=["an older one"]),
        line("int8", smaller=4, loss=loss, weights_gone=0.8, loss_to_alone={**loss, "trainings": 5}),
    ]
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "compression.jsonl").write_text("".join(lines), "utf-8")
    main(["--render", "--output", str(tmp_path)])
    page = (tmp_path / "COMPRESSION.md").read_text("utf-8")
    assert page.count("| int8 | 0.9000 |") == 1
    assert "| int8 | 0.9000 | 0.2 (-0.5 to 1.0) | 0.40 |" in page
    assert "| 1,000 | 900 | 0.250 |" in page
    assert (
        "Taught, int8 gains -0.2 points (-1.0 to 0.5) over the same trained alone, 5 trainings of each; p 0.40." in page
    )
    assert "|  | 80.0% | 50 |" in page
    assert "\nfloat16 could not be made: it is small\n" in page
    assert "Not timed in Keras: float32, as it is slow." in page
    assert "`cnnsearch compress digits`, 2026-01-02T03:04 UTC, 9 s, 400 validation pictures" in page


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    file, told = tmp_path / "compression.jsonl", []
    file.write_text("".join(line("float32", group=group) for group in GROUPS), "utf-8")
    measure(SETS[:1], list(GROUPS), None, file, tmp_path / "work", told.append)
    assert not told
    assert not (tmp_path / "work").exists()


def test_a_folder_that_has_no_pictures_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "has no folder cats_dogs" in capsys.readouterr().err


def test_the_ranks_of_configs_before_and_after() -> None:
    """The float winner of both seeds is the last of three when it is compressed; the others keep their order."""
    float32, after = np.array([[0.9, 0.8, 0.7], [0.95, 0.85, 0.75]]), np.array([[0.6, 0.8, 0.7], [0.5, 0.82, 0.72]])
    found = Ranks(float32, after)
    assert found.places == [3, 3]
    assert found.of_seeds == pytest.approx(1.0)
    assert found.of_compression == found.across == pytest.approx(-0.5)
    assert found.loss == pytest.approx(100 * (float32 - after).mean())
    assert found.gain_of_choosing == pytest.approx(100 * (0.82 - 0.5 + 0.8 - 0.6) / 2)


def test_configs_that_were_not_compressed_on_every_seed_have_no_rank() -> None:
    told = {"date": "2026-01-02T03:04+00:00", "machine": "a machine", "versions": {"keras": "3"}, "pictures": 70}
    lines = [
        {
            **told,
            "set": "digits",
            "config": config,
            "seed": seed,
            "accuracy": {"float32": config / 9, "int8": config / 8},
        }
        for seed in range(2)
        for config in range(4)
    ]
    lines[1]["accuracy"] = {"float32": 0.5}
    lines[1]["failed"] = {"int8": "it is too small"}
    found, count = ranks_of(lines, "int8")
    assert (found is not None, count) == (True, 3)
    page = render_ranks(lines)
    assert "| int8 | 3 | " in page
    assert "Config 1 could not be made int8: it is too small" in page
    assert "Too few trainings for ranks" in render_ranks(lines[:4])
