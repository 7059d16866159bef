"""How Sphinx builds the site: ``make docs``.

Its sources are the Markdown files of the whole repository where they lie, so that a link holds here and there alike.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cnnsearch

sys.path.insert(0, str(Path(__file__).parent))

project = "cnnsearch"
author = "the cnnsearch authors"
version = release = cnnsearch.__version__

extensions = ["myst_parser", "declared"]
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**.md", "cluster/*.md", "benchmarks/*.md"]
root_doc = "docs/index"
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

html_theme = "furo"  # its fonts are the system's, and it asks no other host for anything
html_static_path = ["static"]
html_css_files = ["site.css"]
html_title = f"cnnsearch {version}"
html_extra_path = ["root"]  # index.html, which leads to the pages
html_copy_source = False
html_show_copyright = False
