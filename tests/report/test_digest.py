from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from synthetic import SyntheticTrial, environment
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError
from cnnsearch.escaping import markdown_text
from cnnsearch.report import markdown
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study

Write = Callable[..., Study]


def test_digest_tells_verdict_config_cost_and_provenance(five: Study) -> None:
    text = five.markdown()
    assert text.startswith(
        "## digits cnn\n\n**0.950** val\\_accuracy in the search (95% interval 0.922 to 0.968), trial 3.\n\n"
        "- Use: Trial 3: the best val\\_accuracy of the search."
    )
    for answer in verdict_info(five).answers:
        assert f"- {answer.about}: {markdown_text(answer.text)}\n" in text
    assert "- **1 trial failed.**\n" in text
    assert (
        "| parameter | value |\n| --- | ---: |\n| filters | `32` |\n| dense\\_layers | `2` |\n| units | `100` |\n"
        "| dropout | `0.1` |\n"
    ) in text
    assert "The model: parameters 33,000, model 152 KB, latency 1.25 ms.\n" in text
    assert text.endswith(
        "2 completed, 1 stopped, 1 failed, 1 interrupted; sweep 45 s; seed 7; data `5f1d7a9c0b3e4d21`.\n"
    )


def test_digest_of_nothing_says_so(written: Write) -> None:
    text = written([]).markdown()
    assert "No trial has a value: nothing was proposed yet." in text
    assert "no trials; sweep 0 s" in text


def test_hostile_names_stay_text_on_one_line(written: Write) -> None:
    text = written([SyntheticTrial("COMPLETED", (0.5,))], name="<b>[x](y)</b>\n| *a*").markdown()
    assert text.startswith("## \\<b\\>\\[x\\](y)\\</b\\> \\| \\*a\\*\n")


def test_hostile_records_make_no_structure(written: Write) -> None:
    dataset = environment()["dataset"] | {"fingerprint": "` \n# heading\n\n<img src=x> | [a](b)"}
    described = {**environment(), "dataset": dataset}
    trials = [SyntheticTrial("COMPLETED", (0.5,)), SyntheticTrial("FAILED", (), reason="\n# loud\n- [a](javascript:b)")]
    studies = [written(trials, described=described, name="# a\n===\n| b"), written(trials, "two", name="![x](y)")]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown(studies))
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block", "ordered_list_open"}
    headings = [tokens[number + 1].content for number, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == ["2 studies compared", r"\# a === \| b", r"!\[x\](y)"]


def test_several_studies_are_compared_first(five: Study, written: Write) -> None:
    text = markdown([five, written(folder="other", name="other")])
    assert text.startswith("## 2 studies compared\n\n| study | objective |")
    row = "digits cnn | val\\_accuracy | 0.950 | val\\_accuracy in the search | 5 | 33,000 | 152 KB | 1.25 ms | 45 s"
    assert f"| {row} |\n" in text
    assert text.count("\n### ") == 2
    with pytest.raises(InputError, match="at least one study"):
        markdown([])


def test_command_prints_it_or_writes_it(five: Study, tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["report", str(five.path), "--format", "md"])
    assert printed.stdout == five.markdown()
    told = CliRunner().invoke(app, ["report", str(five.path), "--format", "md", "-o", str(tmp_path / "pull.md")])
    assert told.stdout.strip() == str(tmp_path / "pull.md")
    assert (tmp_path / "pull.md").read_text(encoding="utf-8") == five.markdown()
