"""The one redaction of addresses and commands on their way into a record, a page or a message.

An address may be all that it takes to use what it leads to: Slack's webhooks are secret paths, a database's address
holds its password. What is left of it says where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit

__all__ = ["HIDDEN", "hidden_in", "is_redacted", "redacted", "redacted_words"]

HIDDEN = "<hidden>"
"""Stands for what is left out. No address holds these characters."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")

_SECRET = r"(?:token|secret|password|passwd|credentials?|signature|sig|(?:api|access|secret|account)[_-]?key)"

_SECRET_KEY = re.compile(rf"(?i)(?:.*[^a-z])?{_SECRET}$")
"""A key of a query, or an option, whose value is a secret."""

_ASSIGNED = re.compile(rf"(?i)((?<![a-z]){_SECRET}['\"]?\s*[=:]\s*)(?!\s|{HIDDEN})[^\s'\",;&]+")

_AUTHORIZED = re.compile(rf"(?i)(authorization['\"]?\s*[=:]\s*)(?!\s|{HIDDEN})[^'\"\r\n]+")


def redacted(text: str) -> str:
    """``text`` with :data:`HIDDEN` in place of secrets.

    These are, of ``http`` addresses, whatever follows the host; of all addresses user and password, and what a query
    calls a token or key; what is assigned to such a name; and what follows ``Authorization:``.
    """
    text = _ADDRESS.sub(lambda found: _redacted_address(found[0]), text)
    return _AUTHORIZED.sub(rf"\1{HIDDEN}", _ASSIGNED.sub(rf"\1{HIDDEN}", text))


def redacted_words(words: Sequence[str]) -> list[str]:
    """The words of a command, each :func:`redacted`; one that follows an option such as ``--token`` is hidden whole."""
    found = []
    for before, word in zip(["", *words], words, strict=False):
        named = before.startswith("-") and "=" not in before and _SECRET_KEY.match(before.lstrip("-"))
        found.append(HIDDEN if named else redacted(word))
    return found


def is_redacted(text: str) -> bool:
    """Whether something of it was left out when it was recorded."""
    return HIDDEN in text


def hidden_in(text: str, secrets: Iterable[str]) -> str:
    """A message in which a library may have named an address, whole or in parts."""
    for address in secrets:
        text = text.replace(address, redacted(address))
        for part in _parts(address):
            text = text.replace(part, HIDDEN)
    return redacted(text)


def _redacted_address(address: str) -> str:
    bare = address.rstrip(",;.)]}")  # of the text around it
    scheme, _, rest = bare.partition("://")
    host, slash, path = rest.partition("/") if "/" in rest else (rest.partition("?")[0], "", "")
    query = "" if slash else rest[len(host) :]
    if "@" in host:
        host = f"{HIDDEN}@{host.rpartition('@')[2]}"
    if scheme.lower() in ("http", "https"):
        return f"{scheme}://{host}{f'/{HIDDEN}' if path or query else slash}{address[len(bare) :]}"
    return f"{scheme}://{host}{slash}{_redacted_query(path + query)}{address[len(bare) :]}"


def _redacted_query(path: str) -> str:
    start, mark, query = path.partition("?")
    told = []
    for key, equals, value in (pair.partition("=") for pair in query.split("&")):
        told.append(f"{key}{equals}{HIDDEN if value and _SECRET_KEY.match(key) else value}")
    return f"{start}{mark}{'&'.join(told)}"


def _parts(address: str) -> list[str]:
    """Secret parts of an address, the longest first; short ones are words that stand in many a message."""
    try:
        parts = urlsplit(address)
        found = [parts.password, parts.username, *(value for _, value in parse_qsl(parts.query))]
    except ValueError:
        return []
    if parts.scheme in ("http", "https"):
        found += [f"{parts.path}?{parts.query}" if parts.query else None, parts.path]
    return sorted((part for part in found if part and len(part) > 4), key=len, reverse=True)
