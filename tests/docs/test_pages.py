"""The examples of the docs, run as they are written, in a folder like a reader's."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import openai
import pages
import planets_server
import planets_suite
import pytest
from places import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
# Pages that are not about a task.
_ABOUT = ("architecture", "endpoints", "index", "performance", "README", "reference", "security")
# What a reader's shell has not, and what would change an output.
_UNSET = """PYTEST_ADDOPTS PYTEST_XDIST_WORKER PYTEST_CURRENT_TEST PYTHONSAFEPATH OPENAI_API_KEY CI
GITHUB_ACTIONS""".split()


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
            "PIP_NO_INDEX": "1",  # what is there needs no network
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TERM": "dumb",
        }
        self._environment = environment
        self.base_url = base_url
        self._state = folder.parent / "state"
        self._state.write_text(f"cd '{folder}'\n")

    def run(self, command: str) -> tuple[int, str]:
        """Run commands up to one that fails; the exit status and the output. Variables and the folder remain."""
        keep = f'trap \'{{ declare -px; printf "cd %q\\n" "$PWD"; }} > "{self._state}"\' EXIT'
        done = subprocess.run(  # what a page shows
            [str(shutil.which("bash")), "-c", f"source '{self._state}'\n{keep}\nset -e\n{command}\n"],
            cwd=self.folder,
            env=self._environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = done.stdout.decode()
        for here, there in (
            (self.base_url, "https://api.openai.com/v1"),
            (urlsplit(self.base_url).netloc, "api.openai.com"),
            (str(self.folder), "/home/ada/planets"),
        ):
            output = output.replace(here, there)
        return done.returncode, output


@pytest.fixture
def reader(tmp_path, httpserver):
    """A reader whose OpenAI client talks to a local server."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Reader(folder, planets_server.serve(httpserver))


def _differences(reader: Reader, example: pages.Example) -> list[str]:
    """What an example does that the page does not show."""
    commands: list[tuple[str, list[str] | None]] = []
    if example.file:
        pages.write(reader.folder, example)
    elif example.language == "suite":
        planets_suite.write(reader.folder, reader.base_url)
    elif example.language in ("hidden", "sh"):
        commands = [(example.code, None)]
    elif example.language == "console":
        are_compared = any(shown for _, shown in example.commands)
        commands = [(one, shown if are_compared else None) for one, shown in example.commands]
    elif example.language == "python":
        (reader.folder / "example.py").write_text(example.code, encoding="utf-8")
        commands = [("python example.py && rm example.py", None)]
    found = []
    for command, shown in commands:
        status, output = reader.run(command)
        if shown is not None:
            found.append((command, pages.difference(shown, output)))
        elif status:
            found.append((command, f"ended with status {status}:\n{output}"))
    return [f"line {example.line}: $ {command}\n{text}" for command, text in found if text]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are for a shell")
@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_examples(page, reader):
    """The examples of a page work in order, and print what the page shows."""
    if page.stem == "faults" and openai.__version__.startswith("2.0."):
        pytest.skip("openai 2.0 raises httpx's errors in mid-stream, as the page says")
    found = []
    for example in pages.examples(page.read_text(encoding="utf-8")):
        if example.skipped is None:
            found += _differences(reader, example)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_what_is_not_run_has_a_reason(page):
    """Each block of a page is run, or the page has the reason why it is not."""
    assert pages.unexplained(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if page.stem not in _ABOUT])
def test_a_page_starts_with_what_you_type(page):
    """A page about a task has an example within its first ten lines, comments not counted."""
    text = re.sub(r"<!--.*?-->\n", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert any(line.startswith("```") for line in text.split("\n")[:10])


@pytest.mark.parametrize(
    "page",
    [
        "```ini\n[pytest]\n```\n",
        "<!-- not run: -->\n```console\n$ pytest\n```\n",
        "```text\n$ pytest\n```\n",
        "```\n$ pytest\n```\n",
        "```bash\npytest\n```\n",
    ],
)
def test_a_block_that_is_not_run(page):
    """A block that is not run and has no reason is found, whatever its language."""
    assert len(pages.unexplained(page)) == 1
