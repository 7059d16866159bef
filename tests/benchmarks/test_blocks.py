"""The page on modern blocks: intervals of what each network tells, and of two on the same pictures."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.blocks.command import main
from benchmarks.fashion import TEST


def line(side: str, wrong: range, **of: object) -> dict[str, object]:
    same = {"pictures": 100, "epochs": 2, "trials": 3, "seed": 0, "began": "2030-01-02T03:04+00:00"}
    told = {"minutes": 4.0, "ended": {"COMPLETED": 2, "STOPPED": 1}, "trained_epochs": 5, "validation": 0.9}
    kept = {"parameters": 12_345, "config": {"filters": 8, "dropout": 0.12345}}
    return {"side": side, **same, **told, **kept, "test": 1 - len(wrong) / TEST, "wrong": list(wrong), **of}


def test_the_page_is_made_of_what_was_measured_last(tmp_path: Path) -> None:
    lines = [line("cnn", range(5000)), line("vit", range(900, 1900)), line("cnn", range(1000))]
    lines += [line("cnn", range(2000), pictures=50)]
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "blocks.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    main(["--render", "--output", str(tmp_path)])
    page = (tmp_path / "BLOCKS.md").read_text()
    assert "## 100 pictures, 3 trials of up to 2 epochs" in page
    # Wilson's interval of 9,000 of 10,000; of 900 pictures that only one of two tells, and 900 that the other does,
    # McNemar's p is 1, and the interval 1.96 * sqrt(1801) / 10002.
    assert "| cnn | 0.9000 | 0.8940 to 0.9057 | 0.9000 | 12,345 | 2 completed, 1 stopped | 5 | 4 |" in page
    assert "| cnn against vit | 900 | 900 | +0.0000 | -0.0083 to +0.0083 | 1 |" in page
    assert "- `cnn`: filters 8, dropout 0.123" in page
    assert "## 50 pictures" in page
    assert "0.5000" not in page


def test_what_was_measured_is_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "blocks.jsonl").write_text(json.dumps(line("vit", range(10))) + "\n")
    asked = ["--pictures", "100", "--epochs", "2", "--trials", "3", "--side", "vit"]
    main([*asked, "--work", str(tmp_path / "work"), "--output", str(tmp_path)])
    assert not (tmp_path / "work").exists()
    assert "0.9990" in (tmp_path / "BLOCKS.md").read_text()
