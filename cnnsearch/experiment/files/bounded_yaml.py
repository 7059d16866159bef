"""YAML 1.2 of which reading costs what its text costs: what would grow far beyond it is refused.

An alias is a few bytes, and may stand for a structure full of aliases ('billion laughs'); a nest of brackets costs the
square of its depth. Both are counted while the text is read, before anything is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, SequenceNode

from cnnsearch.errors import InputError, Problem

__all__ = ["MOST_BYTES", "MOST_NESTED", "MOST_NODES", "Parsed", "read_yaml"]

MOST_BYTES = 16 * 2**20
"""Length of a text at most: some hundred thousand options are a few million bytes."""

MOST_NODES = 500_000
"""Values and keys at most, those counted again that an alias stands for."""

MOST_NESTED = 50
"""Lists and mappings within each other; an experiment needs six."""

_MOST_DIGITS = 4000
"""Of a whole number; Python itself refuses to write longer ones."""

_UNQUOTED = re.compile(r"(?:^|:)\s*(?:\{[^{}]*\}|\[[^][]*\])[^\s,}\]]")
"""A text that YAML takes for a mapping or a list, as ``{name}_mask``, at a line's beginning or behind a key."""

_QUOTES = '; a text that begins with { or [ needs quotes of its own, as "{name}_mask"'


@dataclass(frozen=True)
class Parsed:
    """What a text says.

    Attributes:
        value: of Python's plain types; no list or mapping holds itself.
        lines: key path -> line, from 1; in a list a mapping has its place for a key, from 0.
    """

    value: Any
    lines: Mapping[str, int]


def read_yaml(text: str) -> Parsed:
    """What ``text`` means.

    Raises:
        InputError: it is not valid, or larger than the limits of this module.
    """
    if len(text) > MOST_BYTES:
        rule = f"is longer than the {MOST_BYTES:,} characters that are read as YAML"
        raise InputError(Problem("", rule, len(text)))
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Bounded
    try:
        return Parsed(yaml.load(text), yaml.composer.lines)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = error.problem or "not valid"
        if what.startswith("but ") and error.context:  # the second half of a sentence
            what = f"{error.context}, {what}"
        lines = text.splitlines()
        hint = _QUOTES if mark and mark.line < len(lines) and _UNQUOTED.search(lines[mark.line]) else ""
        raise InputError(Problem(where, f"is not valid YAML: {' '.join(what.split())}{hint}")) from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise InputError(Problem("", f"is not valid YAML: {' '.join(str(error).split())}")) from None
    except Exception as error:  # noqa: BLE001 - whatever the text after a tag, as !!bool, makes its reader raise
        rule = f"is not valid YAML: a value is not of the type that its tag names, {error}"
        raise InputError(Problem("", rule)) from None


class _Bounded(Composer):
    """Makes nodes of a text, and counts them with what each alias stands for."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False  # an error here
        self.lines: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._open: list[int] = []
        """Nodes counted so far in each list and mapping that is being read, the innermost last."""

    def get_single_node(self) -> Any:
        root = super().get_single_node()
        self.lines = _lines(root)  # before keys are merged (<<): a merged one is told by the line of its section
        return root

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if self.parser.check_event(AliasEvent):
            node, size = super().compose_node(parent, index), self._sizes.get(event.anchor)
            if size is None:
                raise _refused(f"the anchor '{event.anchor}' stands within itself", event)
        else:
            if event.anchor is not None and event.anchor in self.anchors:
                raise _refused(f"the anchor '{event.anchor}' is there twice", event)
            if len(self._open) > MOST_NESTED:
                raise _refused("it is nested too deeply", event)
            self._open.append(1)
            node = super().compose_node(parent, index)
            if str(node.tag).endswith(":int") and len(node.value) > _MOST_DIGITS:
                raise _refused(f"it has a number of more than {_MOST_DIGITS} digits", event)
            size = self._open.pop()
            if event.anchor is not None:
                self._sizes[event.anchor] = size
        if self._open:
            self._open[-1] += size
            if self._open[-1] > MOST_NODES:
                rule = f"with what its aliases stand for it has more than {MOST_NODES:,} values, which is refused"
                raise _refused(rule, event)
        return node


def _refused(what: str, event: Any) -> ComposerError:
    return ComposerError(None, None, what, event.start_mark)


def _lines(root: Any) -> dict[str, int]:
    found: dict[str, int] = {}

    def walk(node: Any, prefix: str) -> None:
        if isinstance(node, MappingNode):
            inner = [(key.value, key, value) for key, value in node.value]
        elif isinstance(node, SequenceNode):
            inner = [(place, item, item) for place, item in enumerate(node.value) if isinstance(item, MappingNode)]
        else:
            return
        for name, start, value in inner:
            path = f"{prefix}.{name}" if prefix else str(name)
            found[path] = start.start_mark.line + 1
            walk(value, path)

    walk(root, "")
    return found
