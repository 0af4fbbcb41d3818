"""Make the pictures of a terminal in docs/images: ``python docs/make_pictures.py``. Needs bash and rich."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import planets_server
from pytest_httpserver import HTTPServer
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).with_name("images")
WIDTH = 100
TEST = """import openai
import pytest

PROMPT = "You know all planets.\\nAnswer in one sentence.\\nDo not guess."


@pytest.mark.vcr
def test_rings():
    openai.OpenAI().chat.completions.create(
        model="gpt-4o-mini",
        temperature=0,
        stream=STREAM,
        messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": "Which planet has rings?"}],
    )
"""


def main() -> int:
    """Record a test, show it, change it, and show the miss."""
    with tempfile.TemporaryDirectory() as name, HTTPServer() as server:
        folder = Path(name)
        environment = {
            "COLUMNS": str(WIDTH),
            "FORCE_COLOR": "1",
            "HOME": name,
            "LC_ALL": "C.UTF-8",
            "PAGER": "cat",
            "OPENAI_API_KEY": "sk-...",
            "OPENAI_BASE_URL": planets_server.serve(server),
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "TERM": "xterm-256color",
        }

        def run(command: str) -> str:
            done = subprocess.run(  # noqa: S602  # our own commands
                command, shell=True, check=False, cwd=folder, env=environment, capture_output=True, text=True
            )
            return done.stdout

        module = folder / "test_planets.py"
        module.write_text(TEST.replace("STREAM", "True"))
        run("pytest --record-mode=once")
        terminal = 'script --quiet --return --command "vcr-openai show cassettes" /dev/null'
        _draw("show", "vcr-openai show cassettes", run(terminal).replace("\r", ""))
        changed = TEST.replace("one sentence", "two sentences").replace("temperature=0", "temperature=0.2")
        module.write_text(changed.replace("STREAM", "True"))
        output = run("pytest -q --tb=no --color=yes")
        _draw("miss", "pytest -q --tb=no", output)
    return 0


def _draw(name: str, command: str, output: str) -> None:
    """Write a terminal with a command and its output as docs/images/NAME.svg, without fonts of other sites."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{output}".rstrip()), soft_wrap=False)
    drawn = console.export_svg(title="", unique_id=name)
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace("<svg ", f'<svg role="img" aria-label={quoteattr(command)} ', 1)
    (IMAGES / f"{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
