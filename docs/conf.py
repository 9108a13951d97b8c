"""How Sphinx builds the documentation; `make docs` runs it."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any

from sphinx.application import Sphinx

import zoning

_AFTER_NAPOLEON = 600
_ROOT = Path(__file__).resolve().parents[1]

project = "zoning"
author = "The zoning contributors"
project_copyright = f"2026 {author}"
version = release = version_of("zoning")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3


def _library_key() -> str:
    """A name that changes with everything a notebook computes with: code, data, locked versions."""
    found = [path for part in ("zoning", "data") for path in (_ROOT / part).rglob("*")]
    read = [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    whole = sha256()
    for path in sorted([*read, _ROOT / "constraints.txt"]):
        whole.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


# Every notebook runs, once: an error or a warning in a cell fails the build. A second build takes
# the outputs from the first, unless the notebook or the library has changed since.
nb_execution_mode = "cache"
nb_execution_cache_path = str(_ROOT / "build/runs" / _library_key())
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_output_stderr = "error"
nb_merge_streams = True
nb_ipywidgets_js = {}  # the pages ask nothing of a network

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
html_static_path = ["static"]
html_css_files = ["notebooks.css"]


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("config-inited", _copy_notebooks)
    app.connect("autodoc-skip-member", _shown_already)
    app.connect("autodoc-process-docstring", _escaped, priority=_AFTER_NAPOLEON)


def _copy_notebooks(app: Sphinx, _config: Any) -> None:
    """Sphinx reads only what lies under its own folder; git ignores the copy."""
    copy = Path(app.srcdir, "notebooks")
    rmtree(copy, ignore_errors=True)
    copytree(_ROOT / "notebooks", copy, ignore=ignore_patterns(".*"))


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
