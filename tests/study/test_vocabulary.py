"""What a study says of its vocabularies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.vocabulary import vocabulary_in_words


@pytest.mark.parametrize(
    ("computed", "said"),
    [
        ([1, 1], ""),
        ([0, 0], " The tokens were found in the cache, as an earlier run had made them."),
        ([0, 1, 1], " The tokens of 1 of 3 kinds were found in the cache."),
    ],
)
def test_tokens_of_an_earlier_run_are_told(computed: list[int], said: str, tmp_path: Path) -> None:
    searched = Experiment(name="a", dataset="sentences", model="text_cnn", space={"filters": 8})
    trial = SyntheticTrial("COMPLETED", [0.9], {}, cost={"tokens": 40.0, "unknown_tokens": 0.025})
    study = write_study(tmp_path, searched, [trial], environment())
    use = {"stage": "tokens", "name": "a", "bytes": 1, "seconds": 1, "hits": 1}
    uses = [{**use, "misses": count} for count in computed]
    (study.path / "stages.json").write_text(json.dumps([{**uses[0], "stage": "scaling", "misses": 0}, *uses]))
    told = "Of the tokens of the validation texts 2.5% are not in its vocabulary."
    assert vocabulary_in_words(Study.load(study.path)) == told + said
