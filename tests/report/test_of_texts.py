"""A study of texts is told of in words of texts, in its figures too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.report import figures
from cnnsearch.report.of_texts import figure_of_texts
from cnnsearch.report.page import sections
from cnnsearch.study import Study

OF_TEXTS: dict[str, Any] = {"dataset": "sentences", "model": "text_cnn", "space": {"filters": 8}, "start": "none"}


def study_of(folder: Path, classes: str, **keys: Any) -> Study:
    experiment = Experiment(name="a", **keys)
    return write_study(folder, experiment, [SyntheticTrial("COMPLETED", (0.8,))], environment(classes.split()))


def axis_of(study: Study) -> str:
    return str(figures.confidences(study).layout.yaxis.title.text)


def test_figures_of_texts(tmp_path: Path) -> None:
    study = study_of(tmp_path, "good bad", **OF_TEXTS)
    assert axis_of(study) == "validation texts"
    shown = "".join(sections(study, ["calibration", "confusion"]).values())
    assert '"validation texts"' in shown
    assert "texts" in shown
    assert "picture" not in shown


def test_where_a_class_has_the_name_nothing_is_reworded(tmp_path: Path) -> None:
    assert axis_of(study_of(tmp_path, "good picture", **OF_TEXTS)) == "validation pictures"


def test_every_text_of_a_figure_is_reworded_and_no_number_changes() -> None:
    figure = go.Figure(layout={"meta": {"stacked": 1.5}})
    figure.add_bar(x=np.array(["1 picture", "a"]), y=np.array([1.5, 2.0]), hovertext=("2 pictures", "b"))
    found = figure_of_texts(figure)
    assert (list(found.data[0].x), list(found.data[0].hovertext)) == (["1 text", "a"], ["2 texts", "b"])
    assert (list(found.data[0].y), found.layout.meta) == ([1.5, 2.0], {"stacked": 1.5})
