from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

import cnnsearch
from cnnsearch.errors import InputError
from cnnsearch.report.notebook import curves_in_svg
from cnnsearch.report.views.curves.info import Curve, CurvesInfo
from cnnsearch.study import Study


def studies(folder: Path) -> list[Study]:
    return [
        write_study(folder / name, digits_experiment(name=name), [SyntheticTrial("COMPLETED", [0.5, value])])
        for name, value in (("first", 0.8), ("<b>", 0.9))
    ]


class TestCompare:
    def test_has_a_row_for_each(self, tmp_path: Path) -> None:
        first, second = studies(tmp_path)
        found = cnnsearch.compare([first, second.path])
        assert found.table.index.tolist() == ["first", "<b>"]
        assert found.table["value"].tolist() == [0.8, 0.9]
        assert found.table["trials"].tolist() == [1, 1]
        assert found.table.loc["first", "duration"] == pd.Timedelta(seconds=first.seconds)
        assert "val_accuracy" in repr(found)
        assert "## 2 studies compared" in found.markdown()
        shown = found._repr_html_()
        assert "&lt;b&gt;" in shown
        assert "<b>" not in shown

    def test_its_report_is_one_page(self, tmp_path: Path) -> None:
        written = Path(cnnsearch.compare(studies(tmp_path)).report(tmp_path / "both.html"))
        assert written.read_text(encoding="utf-8").count("first") > 0

    def test_what_speaks_against_it_is_told(self, tmp_path: Path) -> None:
        other = write_study(tmp_path / "other", digits_experiment(objective="val_loss"), 2)
        found = cnnsearch.compare([studies(tmp_path)[0], other])
        assert "The studies have different objectives." in found.doubts
        assert "different objectives" in found._repr_html_()

    @pytest.mark.parametrize("given", [[], ["one"], "two"])
    def test_fewer_than_two_are_refused(self, given: list[str]) -> None:
        with pytest.raises(InputError, match="at least two studies"):
            cnnsearch.compare(given)


class TestCurvesInSvg:
    def test_a_value_that_was_not_finite_breaks_the_line(self) -> None:
        curve = Curve(0, "COMPLETED", (1, 2, 3, 4, 5), (0.1, 0.2, None, 0.4, 0.3), ())
        drawn = curves_in_svg(CurvesInfo("val_accuracy", (curve,), (0,), 0, 4, 1, log=False))
        assert drawn.count("<polyline") == 2
        assert '"56.0,226.0 199.0,154.7"' in drawn  # 0.1 is the lowest, 0.2 a third of the way to the highest

    def test_nothing_is_drawn_of_nothing(self) -> None:
        curve = Curve(0, "FAILED", (1,), (None,), ())
        assert curves_in_svg(CurvesInfo("val_loss", (curve,), (0,), None, None, 1, log=False)) == ""

    def test_equal_values_and_one_epoch_have_a_place(self) -> None:
        curve = Curve(3, "STOPPED", (1,), (0.0,), ())
        drawn = curves_in_svg(CurvesInfo("val_loss", (curve,), (3,), 3, 1, 1, log=False))
        assert drawn.count("<circle") == 1
        assert "nan" not in drawn

    def test_a_value_far_from_all_others_does_not_squeeze_them(self) -> None:
        curve = Curve(0, "COMPLETED", (1, 2, 3), (0.1, 0.9, 0.95), ())
        drawn = curves_in_svg(CurvesInfo("val_accuracy", (curve,), (0,), 0, 3, 1, log=False, frame=(0.9, 0.95)))
        assert ">0.900<" in drawn
        assert ">0.100<" not in drawn
        assert 'overflow="hidden"' in drawn
