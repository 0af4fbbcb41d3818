"""The examples of the docs, run as they are written, in a folder like a reader's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pages
import planets_server
import pytest
from places import DOCS, ROOT

# Pages whose examples are not run yet.
_LATER = """adopt check ci command convert extend git library maintain match readable-cassettes README record redact replay
report review show stats watch""".split()
PAGES = [page for page in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) if page.stem not in _LATER]
# What a reader's shell has not, and what would change an output.
_UNSET = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "OPENAI_API_KEY", "CI", "GITHUB_ACTIONS")


class Reader:
    """A reader's folder and shell."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name not in _UNSET}
        home = folder.parent / "home"
        home.mkdir()
        (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n")
        environment |= {
            "COLUMNS": "100",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "OPENAI_BASE_URL": base_url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb",
        }
        self._environment = environment
        self._url = base_url
        self._state = folder.parent / "state"
        self._state.write_text(f"cd '{folder}'\n")

    def run(self, command: str) -> str:
        """Run a command; what it printed. Variables and the folder remain for the next one."""
        keep = f"{{ declare -px; printf 'cd %q\\n' \"$PWD\"; }} > '{self._state}'"
        script = f"source '{self._state}'\n{command}\n{keep}\n"
        done = subprocess.run(  # what a page shows
            [str(shutil.which("bash")), "-c", script],
            cwd=self.folder,
            env=self._environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        host = urlsplit(self._url).netloc
        return done.stdout.decode().replace(self._url, "https://api.openai.com/v1").replace(host, "api.openai.com")


@pytest.fixture
def reader(tmp_path, httpserver):
    """A reader whose OpenAI client talks to a local server."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Reader(folder, planets_server.serve(httpserver))


def _differences(reader: Reader, example: pages.Example) -> list[str]:
    if example.file:
        pages.write(reader.folder, example)
    elif example.language in ("hidden", "sh"):
        reader.run(example.code)
    elif example.language == "console":
        are_compared = any(shown for _, shown in example.commands)
        outputs = [(one, shown, reader.run(one)) for one, shown in example.commands]
        found = [(one, pages.difference(shown, output)) for one, shown, output in outputs if are_compared]
        return [f"line {example.line}: $ {one}\n{difference}" for one, difference in found if difference]
    elif example.language == "python":
        (reader.folder / "example.py").write_text(example.code)
        output = reader.run(f"{sys.executable} example.py || echo FAILED")
        return [f"line {example.line}: {output}"] if output.rstrip().endswith("FAILED") else []
    return []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are for a shell")
@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_examples(page, reader):
    """The examples of a page work in order, and print what the page shows."""
    found = []
    for example in pages.examples(page.read_text(encoding="utf-8")):
        if not example.skipped:
            found += _differences(reader, example)
    assert not found, "\n\n".join(found)
