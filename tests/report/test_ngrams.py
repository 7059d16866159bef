"""N-grams of filters as the report shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.report.page import render
from cnnsearch.study.filter_ngrams import FilterNgrams
from cnnsearch.study.predictions import kept_at, to_bytes
from cnnsearch.tasks.labelled.views.ngrams import view
from cnnsearch.tasks.labelled.views.ngrams.info import NgramFilter, ngrams_info


def test_filters_are_shown_with_their_ngrams_and_classes(tmp_path: Path) -> None:
    space = {"filters": 4, "text_length": 3}
    searched = digits_experiment(model="text_cnn", dataset="sentences", space=space)
    described = environment(classes=("bad <b>", "good", "so"), validation=10)
    study = write_study(tmp_path, searched, [SyntheticTrial("COMPLETED", (0.8,), space)], described)
    assert view.VIEW.absent(ngrams_info(study))
    predictions = study.predictions(0)
    assert predictions is not None
    found = FilterNgrams(
        np.array([3, 2]),
        np.array([0.5, 0.25]),
        np.array([0, 1]),
        np.array([["was not <i>", "not picture"], ["very good", ""]]),
        np.array([[4, 2], [6, 0]]),
    )
    study.store.write(kept_at(0), to_bytes(predictions, ngrams=found))
    assert ngrams_info(study).filters == (
        NgramFilter(3, 0.5, "bad <b>", (("was not <i>", 4), ("not picture", 2))),
        NgramFilter(2, 0.25, "good", (("very good", 6),)),
    )
    assert "2 filters of trial 0" in view.VIEW.lead(ngrams_info(study))
    page = render([study])
    assert "<bdi>was not &lt;i&gt;</bdi> (4), <bdi>not picture</bdi> (2)" in page
    assert "bad &lt;b&gt;" in page
    read = study.predictions(0)
    assert read is not None
    assert len(read) == len(predictions)
