"""The page: the HTML file with template, style, script and data in it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from vcr_openai._page.packed import packed

BEGINNING = "<!doctype html>\n<!-- vcr-openai report -->\n"  # of every page, by which one is known


def check_installed() -> None:
    """Raises ImportError where Jinja2 is not installed."""
    import jinja2  # noqa: F401 - that it can be imported is all


def page(document: dict[str, Any], title: str) -> str:
    """The page for the data of ``PageData.document``. Raises ImportError where Jinja2 is not installed."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("vcr_openai._page", "files")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    style, script = (_source(loader, environment, name) for name in ("page.css", "page.js"))
    values = {"style": style, "script": script, "style_hash": _hash(style), "script_hash": _hash(script)}
    return BEGINNING + environment.get_template("page.html").render(
        **values, title=title, summary=document["summary"], data=packed(document)
    )


def _source(loader: Any, environment: Any, name: str) -> str:
    """A file of the page with the line ends that a browser hashes."""
    text: str = loader.get_source(environment, name)[0]
    return text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    """The hash of an element's text, as a content security policy (CSP 3, section 6.7.2.3) names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
