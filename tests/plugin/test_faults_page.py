"""``docs/faults.md``: its example runs, and its table is what the SDK does."""

import importlib.util
import json
import re

import openai
import pytest
from fault_server import FaultServer
from inner_project import Project
from places import DOCS
from several_processes import ALSO_IN_TWO

from vcr_openai._streams.steps import Answer, Piece

pytestmark = pytest.mark.slow

PAGE = (DOCS / "faults.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]


def stream(*words):
    """A stream of a chat with these words."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    chunks = [{**chunk, "choices": [{"index": 0, "delta": {"content": word}}]} for word in words]
    frames = [f"data: {json.dumps(one, ensure_ascii=False)}\n\n".encode() for one in chunks]
    return Answer(200, [("content-type", "text/event-stream")], tuple(map(Piece, [*frames, b"data: [DONE]\n\n"])))


@pytest.fixture
def project(pytester, monkeypatch):
    project = Project(pytester)
    with FaultServer(stream("Saturn", " 🪐", " hät", " rings.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        project.pytester.makepyfile(test_planets=EXAMPLE)
        project.pytester.runpytest_subprocess("--record-mode=once", "-q")
    monkeypatch.delenv("OPENAI_API_KEY")
    return project


@ALSO_IN_TWO
def test_the_example_runs(project, more):
    """The example of the page passes, with the test ids that the page shows."""
    if openai.__version__.startswith("2.0."):
        pytest.skip("openai 2.0 raises httpx's errors in mid-stream, as the page says")
    result = project.pytester.runpytest_subprocess("-v", *more)
    assert result.ret == 0
    for name in ("cut before the first byte", "cut inside 1 of 4", "cut after 1 of 4"):
        result.stdout.fnmatch_lines(f"*test_a_cut_is_an_error[[]{name}]*")


def test_the_table_is_what_the_sdk_does():
    """The table was made with the version of the SDK that the page names, and is what that does."""
    named = re.search(r"this is openai (\d+\.\d+)\.", PAGE)[1]
    if not openai.__version__.startswith(f"{named}."):
        pytest.skip(f"openai {openai.__version__} is installed")
    spec = importlib.util.spec_from_file_location("make_faults", DOCS / "make_faults.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert PAGE.partition(script.MARK)[2].partition(script.END)[0] == script.table()
