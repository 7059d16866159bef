"""The code of the best trial in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import ask, wait_for

pytestmark = pytest.mark.browser


def test_code_is_copied_or_selected(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic)
    page.execute_script("document.querySelector('button.copy').closest('details').open = true")
    page.execute_script("document.querySelector('button.copy').click()")
    wait_for(page, "document.querySelector('button.copy').textContent !== 'Copy'")
    assert ask(page, "document.querySelector('button.copy').textContent") in ("Copied", "Selected")
    assert ask(page, "document.querySelector('pre.code').textContent").startswith('"""Trial ')
