from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from cnnsearch.experiment.files.bounded_yaml import read_yaml
from cnnsearch.experiment.files.written_yaml import yaml_text

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(st.dictionaries(TEXT, st.lists(TEXT | st.integers(-9, 9) | st.none(), max_size=3), max_size=3))
@example({"choice": [":ª", "-", "? x", "true", "1e3", "null", "#", "a: b", " ", "", "\u2028", "é", "[", "*a"]})
@example({":ª": ["x"], "on": ["no"]})
def test_what_is_written_is_what_is_read(content: dict[str, list[str | int | None]]) -> None:
    assert read_yaml(yaml_text(content)).value == content


def test_words_and_paths_are_written_as_people_write_them() -> None:
    text = yaml_text({"name": "digits-cnn", "path": "/data/a.csv", "space": {"filters": {"choice": [8, "relu"]}}})
    assert text == "name: digits-cnn\npath: /data/a.csv\nspace:\n  filters:\n    choice: [8, relu]\n"
