"""How Sphinx builds the documentation; `make docs` runs it."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Any

from sphinx.application import Sphinx

import zoning

_AFTER_NAPOLEON = 600

project = "zoning"
author = "The zoning contributors"
project_copyright = f"2026 {author}"
version = release = version_of("zoning")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

# Fields of the same name in several classes are told apart by their class, not by a link.
suppress_warnings = ["ref.python"]

# Furo brings all its files along, so that the pages and their search work without a network.
html_theme = "furo"
html_title = f"zoning {version}"
html_show_sourcelink = False
html_copy_source = False


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-skip-member", _shown_already)
    app.connect("autodoc-process-docstring", _escaped, priority=_AFTER_NAPOLEON)


def _shown_already(
    app: Sphinx, what: str, name: str, _thing: Any, _skip: bool, _options: Any
) -> bool | None:
    """Of a part, leave out what the reference shows as a name of the package."""
    of = app.env.current_document.autodoc_module
    known = what == "module" and of != "zoning" and name in zoning.__all__
    return True if known else None


def _escaped(
    _app: Sphinx, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]
) -> None:
    """Types such as ``np.str_`` would be taken for links."""
    for k, line in enumerate(lines):
        if line.startswith(":vartype "):
            lines[k] = line.replace("_]", "\\_]")
