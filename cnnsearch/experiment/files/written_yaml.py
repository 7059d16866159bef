"""YAML as it is written: whatever it was made of is what is read again."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter

__all__ = ["yaml_text"]

_PLAIN = re.compile(r"[A-Za-z0-9_./-]*")


class _Quoting(SafeRepresenter):
    """Quotes every text of other letters: ruamel leaves some bare that it does not read again, as ``:\xaa``."""


def _text(representer: SafeRepresenter, text: str) -> Any:
    style = None if _PLAIN.fullmatch(text) else '"'
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Quoting.add_representer(str, _text)


def yaml_text(content: Mapping[str, Any]) -> str:
    """A mapping as a file, whose keys keep their order; lists and mappings of plain values stand on one line."""
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Quoting
    yaml.default_flow_style = None
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(content), stream)
    return stream.getvalue()
