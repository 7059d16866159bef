"""Population based training in the report: lineage, caution, code."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.cli.sweeps.outcome import tell
from cnnsearch.errors import InputError
from cnnsearch.report.statistics.cautions import cautions
from cnnsearch.report.statistics.finalists import finalists_info
from cnnsearch.report.views.lineage.info import LineageInfo, Takeover, lineage_info
from cnnsearch.report.views.lineage.view import VIEW
from cnnsearch.study import Study
from cnnsearch.study.record.lines import ReleaseLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.rerun import rerun

BASE = {"filters": 8, "kernel_size": 3, "dense_layers": 0, "optimizer": "adam", "batch_size": 64}


def config(rate: float, dropout: float = 0.1) -> dict[str, object]:
    return {**BASE, "learning_rate": rate, "dropout": dropout}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Trial 1 takes over from 0 after epoch 2; after epoch 4 trial 0 from 1, and 2, which did not wait, from 1."""
    experiment = digits_experiment(scheduler={"name": "pbt", "population": 3, "interval": 2}, epochs=6)
    trials = [SyntheticTrial("COMPLETED", (0.5, 0.6, 0.7), config(rate)) for rate in (0.001, 0.002, 0.003)]
    write_study(tmp_path / "study", experiment, trials)
    record = Record(LocalStore(tmp_path / "study"))
    for trial, epoch, source, rate in ((1, 2, 0, 0.0012), (0, 4, 1, 0.001), (2, 4, 1, 0.0012)):
        told = {"source": source, "config": config(rate)}
        record.release(ReleaseLine(trial=trial, epoch=epoch, event=epoch, time=1.0, **told))
    record.release(ReleaseLine(trial=1, epoch=4, event=4, time=1.0))
    return Study.load(tmp_path / "study")


def test_who_took_over_what_from_whom(study: Study) -> None:
    assert lineage_info(study) == LineageInfo(
        takeovers=(
            Takeover(1, 2, 0, (("learning_rate", "0.002", "0.0012"),), (("learning_rate", "0.001", "0.0012"),)),
            Takeover(0, 4, 1, (), (("learning_rate", "0.0012", "0.001"),)),
            Takeover(2, 4, 1, (("learning_rate", "0.003", "0.0012"),), ()),
        ),
        origins={0: (1, 0), 1: (0,), 2: (1, 0)},
    )


def test_a_study_without_takeovers_says_nothing_of_them(tmp_path: Path) -> None:
    study = write_study(tmp_path / "plain", trials=3)
    assert VIEW.absent(lineage_info(study))
    assert not any("weights of others" in each.text for each in cautions(study, finalists_info(study)))


def test_the_reader_is_told(study: Study) -> None:
    texts = [each.text for each in cautions(study, finalists_info(study))]
    assert any(text.startswith("Of 3 trials 3 trials went on with weights of others.") for text in texts)
    page = Path(study.report()).read_text(encoding="utf-8")
    assert "The weights of trial 2 descend from trial 1, and before that from trial 0." in " ".join(page.split())


def test_code_says_that_it_is_not_the_trial(study: Study) -> None:
    said = " ".join(study.code(2).split())
    assert "took over weights and optimizer of others (after epoch 4 from trial 1)" in said


def test_it_cannot_be_run_again(study: Study) -> None:
    with pytest.raises(InputError, match=r"went on with weights of other trials \(1\)"):
        rerun(study, 2)


def test_the_command_line_says_whose_weights_the_best_has(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    tell(study)
    said = " ".join(capsys.readouterr().out.split())
    assert "It took over weights and optimizer of others (after epoch 4 from trial 1), and has had this config" in said
