"""The site of these pages: ``tox -e docs`` builds it, and fails for a warning or a broken link."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "vcr-openai"
author = "The vcr-openai maintainers"
version = release = version_of("vcr-openai")
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4  # links to headings, as GitHub has them
myst_enable_extensions = ["colon_fence"]
# Highlighting is for what is valid in its language: outputs and excerpts with "…" are not.
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "vcr-openai"
html_theme_options = {
    "source_repository": "https://github.com/vcr-openai/vcr-openai",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path: list[str] = []
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
