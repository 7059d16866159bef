"""What is left of addresses and commands in records, pages and messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.redaction import hidden_in, is_redacted, redacted, redacted_words

SLACK = "https://hooks.slack.com/services/T000/B000/XXXX"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (SLACK, "https://hooks.slack.com/<hidden>"),
        ("https://host?token=abc", "https://host/<hidden>"),
        ("http://user:pass@host:5000", "http://<hidden>@host:5000"),
        ("http://user:pass@host:5000/api?x=1", "http://<hidden>@host:5000/<hidden>"),
        ("HTTPS://host/path", "HTTPS://host/<hidden>"),
        ("http://host:8265", "http://host:8265"),
        ("http://host:8265/", "http://host:8265/"),
        ("postgresql+psycopg2://me:pass@host/db", "postgresql+psycopg2://<hidden>@host/db"),
        ("sqlite:///runs/mlflow.db", "sqlite:///runs/mlflow.db"),
        ("s3://bucket/a?endpoint_override=h:1&secret_key=K", "s3://bucket/a?endpoint_override=h:1&secret_key=<hidden>"),
        ("env:HOOK", "env:HOOK"),
        ("a (http://a:b@h/c), and http://d.", "a (http://<hidden>@h/<hidden>), and http://d."),
        (f"notify.webhook={SLACK}", "notify.webhook=https://hooks.slack.com/<hidden>"),
        (f"{{webhook: '{SLACK}', timeout: 3}}", "{webhook: 'https://hooks.slack.com/<hidden>', timeout: 3}"),
        ("--api-key=abc", "--api-key=<hidden>"),
        ("Authorization: Bearer abc.def", "Authorization: <hidden>"),
        ("max_tokens=100 space.token_size=3", "max_tokens=100 space.token_size=3"),
        ("/data/secret/a b", "/data/secret/a b"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert redacted(text) == left
    assert redacted(left) == left
    assert is_redacted(left) == (left != text)


def test_words_of_a_command() -> None:
    words = ["curl", "-H", "Authorization: Bearer abc", "--token", "abc", "--password=abc", SLACK, "done"]
    left = redacted_words(words)
    assert left == [
        *("curl", "-H", "Authorization: <hidden>", "--token", "<hidden>", "--password=<hidden>"),
        *("https://hooks.slack.com/<hidden>", "done"),
    ]
    assert redacted_words(left) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"cannot open {SLACK}", "cannot open https://hooks.slack.com/<hidden>"),
        (
            "HTTPSConnectionPool(host='hooks.slack.com'): with url: /services/T000/B000/XXXX (Caused by",
            "HTTPSConnectionPool(host='hooks.slack.com'): with url: <hidden> (Caused by",
        ),
    ],
)
def test_a_message_in_which_a_library_names_parts(text: str, left: str) -> None:
    assert hidden_in(text, [SLACK]) == left
    assert hidden_in("no access for somebody", ["http://somebody:password@host"]) == "no access for <hidden>"


SECRETS = st.text("abcdefXYZ0123456789-_", min_size=8, max_size=20).map(lambda text: f"Q{text}Q")


@given(SECRETS, SECRETS, SECRETS, st.sampled_from(["http", "https"]))
def test_no_part_of_an_address_is_left(user: str, path: str, value: str, scheme: str) -> None:
    address = f"{scheme}://{user}:{path}@host.example/{path}/{value}?key={value}#{user}"
    for text in (address, f"see '{address}'", f"[{address}]", f"at {address}, or"):
        left = redacted(text)
        assert not any(secret in left for secret in (user, path, value))
        assert "://<hidden>@host.example/<hidden>" in left
