"""How Sphinx builds the documentation; `make docs` runs it."""

from importlib.metadata import version as version_of

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

# Furo brings all its files along, so that the pages and their search work without a network.
html_theme = "furo"
html_title = f"zoning {version}"
html_show_sourcelink = False
html_copy_source = False
