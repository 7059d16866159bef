"""A search beside no search: what is run in which order, what is kept, and what the page makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.baselines import measuring, sets
from benchmarks.baselines.keras_model import compiled
from benchmarks.baselines.measuring import KERAS_TUNER, Ended, measure, plan, read, searched
from benchmarks.baselines.page import difference, render
from benchmarks.baselines.sets import SETS, sets_of
from benchmarks.baselines.splits import recommended
from benchmarks.clip_art import clip_art_folder

FIVE, PLAIN = searched(5.0), "fit once, all"


def ended(pictures: str, seed: int, side: str, test: float | None) -> Ended:
    return Ended(pictures, seed, side, test, trials=3, seconds=10.0, cpu=None)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was run, in place of running it."""
    found: list[tuple[Any, ...]] = []

    def noted(given: Any, seed: int, side: str, data: Path | None, seconds: float) -> Ended:  # noqa: ARG001
        found.append((given.name, seed, side, seconds))
        return ended(given.name, seed, side, 0.5)

    monkeypatch.setattr(measuring, "_run", noted)
    return found


def test_every_side_of_every_set_is_planned_once() -> None:
    found = [(given.name, seed, side) for given, seed, side in plan(SETS, 2)]
    assert len(found) == len(set(found)) == len(SETS) * 2 * 9
    assert found[0] == ("digits", 1, FIVE)


def test_what_ended_is_not_run_again(tmp_path: Path, run: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "baselines.jsonl"
    sides = [FIVE, KERAS_TUNER]
    measure(SETS[:1], None, path, minutes=9.0, seeds=1, sides=sides)
    assert run == [("digits", 1, FIVE, 0.0), ("digits", 1, KERAS_TUNER, 10.0)], "as long as ours took"
    measure(SETS[:1], None, path, minutes=9.0, seeds=2, sides=sides)
    assert [each[1] for each in run] == [1, 1, 2, 2]
    assert len(read(path)) == 4


def test_the_other_search_waits_for_the_time_of_ours(tmp_path: Path, run: list[tuple[Any, ...]]) -> None:
    assert measure(SETS[:1], None, tmp_path / "a.jsonl", minutes=9.0, seeds=1, sides=[KERAS_TUNER]) == []
    assert run == []


def test_photographs_weights_and_clip_art_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sets, "CLIP_ART", tmp_path)
    assert {each.name for each in SETS if each not in sets_of(None)} == {
        "cats and dogs, CNN at 64",
        "cats and dogs, CNN at 96",
        "cats and dogs, MobileNet",
        "clip art, MobileNet",
    }
    assert sets_of(Path("photographs")) == SETS
    monkeypatch.setattr(sets, "CLIP_ART", tmp_path / "nowhere")
    assert [each for each in SETS if each not in sets_of(tmp_path)] == [each for each in SETS if each.is_clip_art]
    photographs = next(each for each in SETS if each.needs_data)
    settings = photographs.settings(7, Path("photographs"))
    assert settings["dataset.path"] == "photographs/cats_dogs"
    assert settings["seed"] == 7


def test_drawn_pictures_are_of_the_seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sets, "fashion_file", lambda count, _, seed: tmp_path / f"{count}-{seed}.npz")
    drawn = next(each for each in SETS if each.drawn)
    dataset = drawn.experiment(7, None).to_dict()["dataset"]
    assert (dataset["source"], dataset["path"]) == ("npz", str(tmp_path / "2400-7.npz"))


def test_clip_art_is_a_folder_for_each_class_without_links(tmp_path: Path) -> None:
    source = tmp_path / "png"
    for name in ("animals", "buildings", "food", "office", "people", "plants", "tools", "transportation", "shapes"):
        (source / name / "more").mkdir(parents=True)
        (source / name / "more" / "a.png").write_bytes(b"a")
        (source / name / "b.png").symlink_to("more/a.png")
        (source / name / "c.png").symlink_to("nowhere.png")
    folder = clip_art_folder(tmp_path / "made", source)
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))
    assert len(found) == 8
    assert found[0] == "animals/more/a.png"
    assert clip_art_folder(tmp_path / "made", tmp_path / "gone") == folder, "it is there"


def test_the_page_tells_differences_with_their_interval(tmp_path: Path) -> None:
    intro = tmp_path / "intro.md"
    intro.write_text("# Told\n")
    given = [
        ended("a", 1, FIVE, 0.9),
        ended("a", 2, FIVE, 0.8),
        ended("b", 1, FIVE, 0.6),
        ended("c", 1, FIVE, 0.7),
        ended("a", 1, PLAIN, 0.8),
        ended("a", 2, PLAIN, 0.8),
        ended("b", 1, PLAIN, 0.5),
        ended("c", 1, PLAIN, None),
    ]
    cells = {each.key: each for each in given}
    assert difference(cells, "a", FIVE, PLAIN) == pytest.approx([0.1, 0.0])
    assert difference(cells, "c", FIVE, PLAIN) == [], "one of them has no model"
    page = render(given, intro)
    assert "| a | 0.800 (2) | 0.850 (2) |" in page
    assert "| c | - | 0.700 |" in page
    # Means of the sets 0.05 and 0.1: 0.075 and 12.706 times 0.025 either side.
    assert f"| {FIVE} against {PLAIN} | 2 | 3 | +0.075 | +0.075 | -0.243 to +0.393 | a: +0.050 |" in page


def test_plain_keras_refuses_what_it_is_not_told() -> None:
    experiment = SETS[0].experiment(1, None)
    config = {**recommended(experiment), "label_smoothing": 0.1}
    with pytest.raises(ValueError, match="label_smoothing"):
        compiled(config, None, experiment.model, 1, 0)  # type: ignore[arg-type]
